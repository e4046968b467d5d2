import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { byKeys, Questioner } from "./film-questions.ts";
import { FILMS, loadFilms, type Film } from "./films.ts";

const QUESTIONS = 240;

let platform: Platform;

async function search(request: object): Promise<SearchAnswer> {
  const { status, body } = await platform.json<SearchAnswer>("POST", "/v1/collections/films/search", request);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

beforeAll(async () => {
  platform = await startPlatform();
  await loadFilms(platform);
});

describe("the films", () => {
  it("are spread over four shards, none of them empty, that add up", async () => {
    const { body } = await platform.json<{ stats: { documents: number; shards: { documents: number }[] } }>(
      "GET",
      "/v1/collections/films",
    );
    const counts = body.stats.shards.map(({ documents }) => documents);
    expect(body.stats.documents).toBe(3201);
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3201);
  });
});

describe("a search for a title", () => {
  it("finds a film of that title first, for every hundredth film", async () => {
    for (const film of FILMS.filter((_, index) => index % 100 === 0)) {
      const { hits } = await search({ q: `"${film["title"]}"`, fields: ["title"], limit: 1 });
      expect(hits[0]?.document["title"]).toBe(film["title"]);
    }
  });

  it("finds the shortest of the titles that hold the words, whichever shard it is in", async () => {
    for (const title of ["Jaws", "Big", "Alien", "The Godfather", "Halloween", "Rocky", "Scream", "Saw"]) {
      const { hits, ranking } = await search({ q: title, limit: 1 });
      expect(hits[0]?.document["title"]).toBe(title);
      expect(ranking).toBe("exact");
    }
  });
});

describe("generated questions", () => {
  const questioner = new Questioner(FILMS, 20_261);
  const questions = Array.from({ length: QUESTIONS }, () => questioner.next());

  it(`have the plain array's answers (${QUESTIONS} of them)`, async () => {
    for (const { request, matches } of questions) {
      const wanted = FILMS.filter(matches).toSorted(byKeys(request.sort ?? []));
      const answer = await search(request);
      const label = JSON.stringify(request);
      expect(answer.total, label).toEqual({ count: wanted.length, exact: true });
      expect(
        answer.hits.map(({ id }) => id),
        label,
      ).toEqual(wanted.slice(0, request.limit).map(({ id }) => id));
      expect(answer.hits[0]?.document, label).toEqual(wanted[0]);
      expect(answer.facets, label).toEqual(expectedFacets(wanted));
    }
  });

  it("are not all alike: most have an answer, and most leave something out", () => {
    const counts = questions.map(({ matches }) => FILMS.filter(matches).length);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(QUESTIONS / 2);
    expect(counts.filter((count) => count < FILMS.length).length).toBeGreaterThan(QUESTIONS / 2);
  });
});

function expectedFacets(films: readonly Film[]): SearchAnswer["facets"] {
  const bound = { exact: true, errorBound: 0 };
  const genres = countBy(films, (film) => film["genre"]).toSorted(
    (a, b) => b.count - a.count || (a.value < b.value ? -1 : 1),
  );
  const decades = countBy(films, (film) => Math.floor(Number(film["year"]) / 10) * 10);
  const ratings = [0, 5, 7.5].map((from, index, all) => {
    const to = all[index + 1];
    const count = films.filter(
      ({ rating }) => Number(rating) >= from && Number(rating) < (to ?? Infinity),
    ).length;
    return to === undefined ? { value: from, count } : { value: from, to, count };
  });
  return {
    genre: { buckets: genres, ...bound },
    year: { buckets: decades.toSorted((a, b) => Number(a.value) - Number(b.value)), ...bound },
    rating: { buckets: ratings, ...bound },
  };
}

function countBy(films: readonly Film[], value: (film: Film) => string | number | undefined) {
  const groups = Map.groupBy(films, value);
  return [...groups].flatMap(([key, group]) =>
    key === undefined ? [] : [{ value: key, count: group.length }],
  );
}

describe("aggregations", () => {
  it("are those of the plain array, of all films and by group", async () => {
    const { aggregations } = await search({
      filter: "year >= 1990",
      limit: 0,
      aggregations: {
        least: { min: "rating" },
        most: { max: "gross" },
        total: { sum: "gross" },
        mean: { avg: "rating" },
        rated: { count: "rating" },
        genres: { distinct: "genre" },
        spread: { percentiles: "votes", at: [50, 99] },
        byGenre: { sum: "gross", by: "genre" },
      },
    });
    const films = FILMS.filter(({ year }) => Number(year) >= 1990);
    const values = (field: string, of = films) =>
      of.flatMap((film) => (film[field] === undefined ? [] : [Number(film[field])]));
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    const votes = values("votes").toSorted((a, b) => a - b);
    const byGenre = Map.groupBy(films, ({ genre }) => genre);

    expect(aggregations).toMatchObject({
      least: { value: Math.min(...values("rating")), count: values("rating").length },
      most: { value: Math.max(...values("gross")) },
      total: { value: sum(values("gross")) },
      mean: { value: expect.closeTo(sum(values("rating")) / values("rating").length, 12) },
      rated: { value: values("rating").length },
      genres: { value: new Set(films.flatMap(({ genre }) => genre ?? [])).size, exact: true },
      spread: {
        values: {
          "50": votes[Math.ceil(votes.length * 0.5) - 1],
          "99": votes[Math.ceil(votes.length * 0.99) - 1],
        },
        exact: true,
      },
    });
    const groups = aggregations?.["byGenre"];
    const buckets = groups !== undefined && "buckets" in groups ? groups.buckets : [];
    expect(new Map(buckets.map((bucket) => [bucket.value, bucket["sum"]]))).toEqual(
      new Map(
        [...byGenre].flatMap(([genre, of]) =>
          genre === undefined ? [] : [[genre, sum(values("gross", of))]],
        ),
      ),
    );
  });
});

describe("pages", () => {
  it("put together are the whole, in order, by any sort", async () => {
    for (const sort of [["-rating", "title"], ["genre"], undefined]) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const answer = await search({
          q: "the",
          filter: "year > 2000",
          ...(sort === undefined ? {} : { sort }),
          limit: 70,
          ...(cursor === undefined ? {} : { cursor }),
        });
        ids.push(...answer.hits.map(({ id }) => id));
        cursor = answer.cursor;
        if (cursor === undefined) expect(ids).toHaveLength(answer.total.count);
      } while (cursor !== undefined);
      expect(new Set(ids).size).toBe(ids.length);
      const whole = await search({
        q: "the",
        filter: "year > 2000",
        ...(sort === undefined ? {} : { sort }),
        limit: 1000,
      });
      expect(ids).toEqual(whole.hits.map(({ id }) => id));
    }
  });

  it("of another search, or with a changed cursor, are refused", async () => {
    const { cursor = "" } = await search({ q: "the" });
    for (const request of [
      { q: "a", cursor },
      { q: "the", cursor: `${cursor.slice(0, 40)}A${cursor.slice(41)}` },
      { q: "the", cursor: "nonsense" },
    ]) {
      const { status, body } = await platform.json("POST", "/v1/collections/films/search", request);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "invalid-cursor" });
    }
  });
});

describe("an answer", () => {
  it("says what it stands on", async () => {
    const answer = await search({ q: "love", explain: true });
    expect(answer.leaves).toEqual({
      total: 4,
      answered: 4,
      failed: [],
      hedged: 0,
      retried: 0,
      skipped: 0,
      secondWave: 0,
    });
    expect(answer).toMatchObject({ coverage: 1, ranking: "exact" });
    expect(answer.cost.doRequests).toBe(4);
    expect(answer.cost.usd).toBeGreaterThan(0);
    expect(answer.explain).toHaveLength(4);
  });

  it("holds the selected fields alone, and marks the words that matched", async () => {
    const { hits } = await search({
      q: "godfather",
      select: ["title"],
      highlight: ["title", "director"],
      limit: 1,
    });
    expect(hits).toEqual([
      {
        id: "the-godfather-1972",
        score: expect.any(Number),
        document: { id: "the-godfather-1972", title: "The Godfather" },
        highlights: { title: ["The <mark>Godfather</mark>"] },
      },
    ]);
  });

  it("is the same by query parameters", async () => {
    const posted = await search({
      q: "star",
      filter: "year < 1990",
      sort: ["-year"],
      facets: ["genre"],
      limit: 3,
    });
    const parameters = new URLSearchParams({
      q: "star",
      filter: "year < 1990",
      sort: "-year",
      facets: "genre",
      limit: "3",
    });
    const { body } = await platform.json<SearchAnswer>("GET", `/v1/collections/films/search?${parameters}`);
    expect(body).toMatchObject({ hits: posted.hits, total: posted.total, facets: posted.facets });
  });

  it("obeys the query language", async () => {
    const titles = async (request: object) =>
      (await search({ sort: ["title"], limit: 100, ...request })).hits.map(
        ({ document }) => document["title"],
      );
    expect(await titles({ q: "star wars", operator: "and" })).toEqual(
      FILMS.map(({ title }) => String(title))
        .filter((title) => /\bstars?\b/i.test(title) && /\bwars?\b/i.test(title))
        .toSorted(),
    );
    expect(await titles({ q: '"star trek"' })).toHaveLength(11);
    expect(await titles({ q: '"trek star"' })).toEqual([]);
    expect(await titles({ q: "+star -trek -wars" })).toEqual(
      FILMS.map(({ title }) => String(title))
        .filter((title) => /\bstars?\b/i.test(title) && !/trek|wars?\b/i.test(title))
        .toSorted(),
    );
    expect(await titles({ q: "title:godfath*" })).toHaveLength(3);
    expect(await titles({ q: "!!!" })).toEqual([]);
  });
});
