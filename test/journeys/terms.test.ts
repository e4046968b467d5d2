import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { Questioner } from "./film-questions.ts";
import { FILMS, loadFilms } from "./films.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

const SHARDS = 3;
const DECLARATION = {
  layout: "terms",
  shards: SHARDS,
  fields: { title: { type: "text", language: "english" } },
};
const WORDS = ["alien", "star", "moon", "ship", "love", "war", "night", "river", "stone"];

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
  await loadFilms(platform);
  const bookmark = await loadFilms(platform, "terms", "terms");
  await search("terms", { q: "the", bookmark, deadlineMs: 20_000 });
});

async function declare(name: string, more: object = {}): Promise<void> {
  const { status, body } = await platform.json("PUT", `/v1/collections/${name}`, { ...DECLARATION, ...more });
  expect([200, 201], JSON.stringify(body)).toContain(status);
}

async function write(name: string, documents: object[]): Promise<string> {
  const path = `/v1/collections/${name}/documents`;
  const { body } = await platform.json<{ bookmark: string; failed: number }>("POST", path, documents);
  expect(body.failed, JSON.stringify(body)).toBe(0);
  return body.bookmark;
}

async function search(name: string, request: object, expected = 200): Promise<SearchAnswer> {
  const path = `/v1/collections/${name}/search`;
  const { status, body } = await platform.json<SearchAnswer>("POST", path, request);
  expect(status, JSON.stringify(body)).toBe(expected);
  return body;
}

const idsOf = ({ hits }: SearchAnswer): string[] => hits.map(({ id }) => id).toSorted();

/** Nine documents a word, each of two words. */
function library(): object[] {
  return WORDS.flatMap((word, at) =>
    WORDS.map((other, number) => ({ id: `${at}-${number}`, title: `${word} ${other}`, year: 1990 + number })),
  );
}

async function idOf(name: string): Promise<string> {
  const catalog = { worker: "catalog", className: "Catalog", name: "catalog" };
  const [row] = await platform.sql(catalog, "SELECT id FROM collections WHERE name = ?", name);
  return (row as { id: string }).id; // as it is selected
}

const termLeaf = (id: string, leaf: number) => ({
  worker: "terms",
  className: "TermLeaf",
  name: `${id}/${leaf}`,
});

async function tablesOf(id: string, leaf: number): Promise<unknown[]> {
  const named = "SELECT name FROM sqlite_master WHERE name LIKE 'segment_rows%'";
  return platform.sql(termLeaf(id, leaf), named);
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
    { q: "-man", limit: 5 },
    { q: "-the -of", facets: ["genre"], limit: 3 },
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

describe("a write to a collection in the layout `terms`", () => {
  it("is seen by the search that carries its bookmark, each time: put, patched, replaced, deleted", async () => {
    await declare("written");
    for (let round = 0; round < 5; round++) {
      const bookmark = await write("written", [
        { id: "1", title: `alien ${WORDS[round]}` },
        { id: `o${round}`, title: "moon" },
      ]);
      expect(idsOf(await search("written", { q: `${WORDS[round]}`, bookmark }))).toContain("1");
      const document = "/v1/collections/written/documents/1";
      const patched = await platform.json<{ bookmark?: string }>("PATCH", document, {
        title: `house ${round}`,
      });
      expect(patched.status, JSON.stringify(patched.body)).toBe(200);
      const again = await write("written", [{ id: "2", title: "unrelated" }]);
      const found = await search("written", { q: "house", bookmark: patched.body.bookmark ?? again });
      expect(idsOf(found)).toEqual(["1"]);
      expect(found).toMatchObject({ coverage: 1, ranking: "exact", total: { count: 1, exact: true } });
      await platform.fetch(document, { method: "DELETE" });
      const last = await write("written", [
        { id: "1b", title: "unrelated" },
        { id: "3", title: "unrelated" },
        { id: "4", title: "unrelated" },
      ]);
      expect(idsOf(await search("written", { q: "house alien", bookmark: last }))).toEqual([]);
    }
  });

  it("is said not to be there yet where it can't be pushed, and is there when it can", async () => {
    await declare("held");
    const before = await write("held", library());
    await search("held", { q: "alien", bookmark: before });
    const rules = [{ collection: "held", stage: "replication", failRate: 1 }];
    await platform.json("PUT", "/v1/faults", { rules });
    const bookmark = await write("held", [{ id: "new", title: "alien harbour" }]);
    const refused = await platform.json("POST", "/v1/collections/held/search", { q: "harbour", bookmark });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      code: "shards-unavailable",
      leaves: { failed: [{ part: "terms", code: "replica-behind" }] },
    });
    expect(idsOf(await search("held", { q: "harbour" }))).toEqual([]);
    await platform.fetch("/v1/faults", { method: "DELETE" });
    expect(idsOf(await search("held", { q: "harbour", bookmark }))).toEqual(["new"]);
  });
});

describe("a term leaf", () => {
  it("that can't be had fails the searches that need it, and is named to those that take a partial answer", async () => {
    await declare("lame");
    const bookmark = await write("lame", library());
    await search("lame", { q: WORDS.join(" "), bookmark });
    const all = await search("lame", { q: WORDS.join(" "), explain: true, limit: 100 });
    const asked = new Set(all.explain?.flatMap(({ part, shard }) => (part === "terms" ? [shard] : [])));
    expect(asked.size).toBe(SHARDS);
    const rules = [{ collection: "lame", shard: 1, stage: "before-read", failRate: 1 }];
    await platform.json("PUT", "/v1/faults", { rules });
    const forbidden = await search("lame", { q: WORDS.join(" "), select: [] }, 503);
    expect(forbidden).toMatchObject({ detail: expect.stringContaining("1 (terms)") });
    const request = { q: WORDS.join(" "), partial: "allow", limit: 100 };
    const partial = await search("lame", request);
    expect(partial.leaves.failed).toContainEqual(
      expect.objectContaining({ shard: 1, part: "terms", code: "unavailable" }),
    );
    expect(partial.coverage).toBeLessThan(1);
    expect(partial).toMatchObject({ ranking: "bounded", total: { exact: false } });
    // Of documents that have to have all words, none is known to.
    const strict = await search("lame", { ...request, operator: "and" });
    expect(strict).toMatchObject({ hits: [], total: { count: 0, exact: false } });
    // A document leaf fails under the same rule: hits of its documents are missing, and no other.
    expect(partial.hits.length).toBeGreaterThan(0);
    for (const { id, score } of partial.hits) {
      const whole = all.hits.find((hit) => hit.id === id);
      expect(score).toBeLessThanOrEqual(whole?.score ?? 0);
    }
    await platform.fetch("/v1/faults", { method: "DELETE" });
    expect(await search("lame", { q: WORDS.join(" "), limit: 100 })).toMatchObject({
      coverage: 1,
      hits: all.hits,
    });
  });

  it("that fails now and then is asked again, and nobody notices", async () => {
    await declare("shaky");
    const bookmark = await write("shaky", library());
    await search("shaky", { q: "alien", bookmark });
    const rules = [{ collection: "shaky", stage: "before-read", failRate: 0.1 }];
    await platform.json("PUT", "/v1/faults", { rules, seed: 3 });
    let retried = 0;
    for (let round = 0; round < 20; round++) {
      const { hits, leaves } = await search("shaky", {
        q: "alien star",
        operator: "and",
        partial: "allow",
        select: ["title"],
      });
      retried += leaves.retried;
      if (leaves.failed.length === 0) expect(hits.map(({ id }) => id)).toEqual(["0-1", "1-0"]);
    }
    expect(retried).toBeGreaterThan(0);
    await platform.fetch("/v1/faults", { method: "DELETE" });
  });
});

describe("a collection in the layout `terms`", () => {
  it("finds by a field that is declared later, when its documents have been copied anew", async () => {
    await declare("grown");
    const documents = library().map((document, at) => ({ ...document, plot: `harbour number ${at}` }));
    const bookmark = await write("grown", documents);
    await search("grown", { q: "alien", bookmark });
    await declare("grown", {
      fields: { ...DECLARATION.fields, plot: { type: "text", language: "english" } },
    });
    const last = await write("grown", [{ id: "last", title: "alien", plot: "harbour" }]);
    const found = await search("grown", { q: "harbour", bookmark: last, limit: 100, deadlineMs: 20_000 });
    expect(found).toMatchObject({ coverage: 1, total: { count: documents.length + 1 } });
  });

  it("says how far its term leaves are, exports, and leaves nothing when it is deleted", async () => {
    await declare("gone");
    const bookmark = await write("gone", library());
    await search("gone", { q: "alien", bookmark });
    type Described = {
      stats: {
        documents: number;
        bytes: number;
        shards: { sequence: number }[];
        terms: { sequences: number[]; bytes: number }[];
      };
    };
    const { body } = await platform.json<Described>("GET", "/v1/collections/gone");
    expect(body.stats.documents).toBe(library().length);
    expect(body.stats.terms).toHaveLength(SHARDS);
    const sequences = body.stats.shards.map(({ sequence }) => sequence);
    for (const leaf of body.stats.terms) expect(leaf.sequences).toEqual(sequences);
    const exported = await (await platform.fetch("/v1/collections/gone/export")).text();
    expect(exported.trim().split("\n")).toHaveLength(library().length);
    const id = await idOf("gone");
    expect(await tablesOf(id, 0)).not.toEqual([]);
    const { status } = await platform.fetch("/v1/collections/gone", { method: "DELETE" });
    expect(status).toBe(204);
    for (let leaf = 0; leaf < SHARDS; leaf++) expect(await tablesOf(id, leaf)).toEqual([]);
  });

  it("keeps its layout, and has no more shards than its leaves can follow", async () => {
    await declare("kept");
    const other = await platform.json("PUT", "/v1/collections/kept", { ...DECLARATION, layout: "documents" });
    expect(other.status).toBe(409);
    const many = await platform.json("PUT", "/v1/collections/many", { ...DECLARATION, shards: 33 });
    expect(many.status).toBe(400);
    expect(many.body).toMatchObject({
      errors: [{ path: "shards", message: expect.stringContaining("at most 32") }],
    });
  });

  it("asks for a rare and a common word two leaves at most, and says what that moved", async () => {
    await declare("counted");
    const bookmark = await write("counted", library());
    const {
      explain = [],
      cost,
      leaves,
    } = await search("counted", { q: "alien star", operator: "and", bookmark, explain: true });
    const asked = explain.filter(({ part }) => part === "terms");
    expect(new Set(asked.map(({ shard }) => shard)).size).toBeLessThanOrEqual(2);
    expect(leaves).toMatchObject({ total: SHARDS, failed: [] });
    const betweenLeaves = asked.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    expect(betweenLeaves).toBeGreaterThan(0);
    expect(cost.bytesMoved).toBeGreaterThan(betweenLeaves);
  });
});
