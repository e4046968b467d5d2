import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { Questioner } from "./film-questions.ts";
import { FILMS, loadFilms } from "./films.ts";

let platform: Platform;

async function search(collection: string, request: object): Promise<SearchAnswer> {
  const path = `/v1/collections/${collection}/search`;
  const { status, body } = await platform.json<SearchAnswer>("POST", path, request);
  expect(status, JSON.stringify([request, body])).toBe(200);
  return body;
}

/** What has to be the same in both layouts. */
function sameParts({ hits, total, facets, aggregations, coverage, ranking }: SearchAnswer): object {
  return { hits, total, facets, aggregations, coverage, ranking };
}

async function expectSame(request: object): Promise<SearchAnswer> {
  const inTerms = await search("terms", request);
  expect(sameParts(inTerms), JSON.stringify(request)).toEqual(sameParts(await search("films", request)));
  return inTerms;
}

beforeAll(async () => {
  platform = await startPlatform();
  await loadFilms(platform);
  const bookmark = await loadFilms(platform, "terms", "terms");
  await search("terms", { q: "the", bookmark });
});

describe("films in the layout `terms`", () => {
  it("have the answers, to the last bit of the scores, that they have in `documents`", async () => {
    const questioner = new Questioner(FILMS, 4_711);
    for (let question = 0; question < 60; question++) await expectSame(questioner.next().request);
  });

  it.each([
    { q: "the of love", limit: 5 },
    { q: "love war", operator: "and" },
    { q: "the man in black", operator: "and", facets: ["genre"] },
    { q: '"the man" star' },
    { q: '+"of the" lord -ring', limit: 20 },
    { q: "star* war*", operator: "and", limit: 20 },
    { q: "+man -spider", sort: ["-year"], limit: 7 },
    { q: "title:alien director:scott" },
    { q: "spielberg", fields: ["director"], filter: "year > 1990", sort: ["year", "-_score"] },
    { q: "man", aggregations: { votes: { avg: "votes" }, byGenre: { sum: "votes", by: "genre" } }, limit: 3 },
    { q: "zzzzunknown" },
    { q: "+zzzzunknown the", operator: "and" },
    { q: "" },
    { q: "", sort: ["-year"], filter: "genre = 'Drama'" },
    { q: "love", highlight: ["title"], select: ["title"], limit: 0 },
    { q: "love", highlight: ["title"], select: ["title", "year"] },
  ])("answer %j as `documents` does", async (request) => {
    await expectSame(request);
  });

  it("have the same pages, one after the other, by score and by a field", async () => {
    for (const request of [
      { q: "man love", limit: 7 },
      { q: "man love", limit: 7, sort: ["-year"], filter: "year > 1980" },
    ]) {
      let cursors: { terms?: string | undefined; films?: string | undefined } = {};
      for (let page = 0; page < 4; page++) {
        const { terms, films } = cursors;
        const [own, other] = [
          await search("terms", { ...request, ...(terms !== undefined && { cursor: terms }) }),
          await search("films", { ...request, ...(films !== undefined && { cursor: films }) }),
        ];
        expect(own.hits.map(({ id, score }) => [id, score])).toEqual(
          other.hits.map(({ id, score }) => [id, score]),
        );
        expect(own.hits).toHaveLength(7);
        cursors = { terms: own.cursor, films: other.cursor };
      }
    }
  });
});
