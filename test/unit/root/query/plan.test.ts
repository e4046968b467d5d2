import { describe, expect, it } from "vitest";
import { planSearch, sortKeys } from "../../../../root-worker/query/plan.ts";
import { SearchRequest } from "../../../../root-worker/query/request.ts";
import { collectionOf } from "../../collection-of.ts";

const collection = collectionOf();

const planned = (request: object) => planSearch(SearchRequest.parse(request), collection, undefined);

function planOf(request: object) {
  const result = planned(request);
  if (!result.ok) throw new Error(result.message);
  return result;
}

function errorsOf(request: object) {
  const result = planned(request);
  if (result.ok) throw new Error("it was planned");
  return { code: result.code, paths: result.errors?.map(({ path }) => path), message: result.message };
}

describe("the plan", () => {
  it("of an empty request is all documents, by score and then by id", () => {
    expect(planOf({})).toEqual({
      ok: true,
      plan: {
        clauses: [],
        searched: [{ field: "title", boost: 2 }, { field: "plot" }],
        sort: [{ field: "_score", descending: true }],
        limit: 10,
        facets: [],
        aggregations: [],
        highlight: [],
      },
      matchesNothing: false,
    });
  });

  it("searches the fields that were asked for, in that order, with their boosts", () => {
    expect(planOf({ q: "jaws", fields: ["plot", "title"] }).plan.searched).toEqual([
      { field: "plot" },
      { field: "title", boost: 2 },
    ]);
  });

  it("carries filter, projection and place as they came", () => {
    const request = SearchRequest.parse({ filter: "year >= 1990", select: ["title", "nowhere.to.be.found"] });
    const after = { sort: [1.5], id: "7" };
    const result = planSearch(request, collection, after);

    expect(result).toMatchObject({
      ok: true,
      plan: { filter: "year >= 1990", select: ["title", "nowhere.to.be.found"], after },
    });
  });

  it("matches nothing where the query has text and no word", () => {
    expect(planOf({ q: "!?" }).matchesNothing).toBe(true);
    expect(planOf({ q: " " }).matchesNothing).toBe(false);
    expect(planOf({ q: "-jaws" }).matchesNothing).toBe(false);
  });

  it.each<[object, object[]]>([
    [["genre"], [{ kind: "values", field: "genre", limit: 10 }]],
    [{ genre: {} }, [{ kind: "values", field: "genre", limit: 10 }]],
    [{ genre: { limit: 20 } }, [{ kind: "values", field: "genre", limit: 20 }]],
    [{ year: { interval: 10 } }, [{ kind: "interval", field: "year", interval: 10 }]],
    [{ released: { interval: "month" } }, [{ kind: "interval", field: "released", interval: "month" }]],
    [{ released: { interval: 1_000 } }, [{ kind: "interval", field: "released", interval: 1_000 }]],
    [{ year: { ranges: [0, 10] } }, [{ kind: "ranges", field: "year", ranges: [0, 10] }]],
    [
      ["adult", "year"],
      [
        { kind: "values", field: "adult", limit: 10 },
        { kind: "values", field: "year", limit: 10 },
      ],
    ],
  ])("takes the facets %j", (facets, requests) => {
    expect(planOf({ facets }).plan.facets).toEqual(requests);
  });
});

describe("sort keys", () => {
  it("are fields, descending after a hyphen; by score when there are none", () => {
    expect(sortKeys(["-year", "id"])).toEqual([
      { field: "year", descending: true },
      { field: "id", descending: false },
    ]);
    expect(sortKeys([])).toEqual([{ field: "_score", descending: true }]);
    expect(sortKeys(undefined)).toEqual(sortKeys([]));
  });

  it.each(["id", "-id", "_score", "year", "genre", "released", "adult", "title"])("may be %s", (key) => {
    expect(planned({ sort: [key] }).ok).toBe(true);
  });
});

describe("an unknown field", () => {
  it.each<[object, string[]]>([
    [{ fields: ["title", "nope"] }, ["fields[1]"]],
    [{ fields: ["year"] }, ["fields[0]"]],
    [{ fields: ["constructor"] }, ["fields[0]"]],
    [{ highlight: ["genre"] }, ["highlight[0]"]],
    [{ sort: ["-nope"] }, ["sort[0]"]],
    [{ sort: ["year", "constructor"] }, ["sort[1]"]],
    [{ facets: ["genre", "nope"] }, ["facets.nope"]],
    [{ facets: { toString: {} } }, ["facets.toString"]],
    [
      { fields: ["a"], sort: ["b"], facets: ["c"], highlight: ["d"] },
      ["fields[0]", "highlight[0]", "sort[0]", "facets.c"],
    ],
  ])("in %j is named by its path", (request, paths) => {
    expect(errorsOf(request)).toMatchObject({ code: "unknown-field", paths });
  });

  it.each<[object, string]>([
    [["title"], "text"],
    [{ genre: { interval: 10 } }, "keyword"],
    [{ adult: { ranges: [0] } }, "boolean"],
    [{ year: { interval: "month" } }, "dates"],
  ])("is what a facet %j asks for that its field does not have", (facets, word) => {
    expect(errorsOf({ facets }).message).toMatch(word);
  });
});

describe("an aggregation", () => {
  it.each([
    [{ a: { sum: "nope" } }, "unknown-field", "aggregations.a.sum"],
    [{ a: { avg: "genre" } }, "unknown-field", "aggregations.a.avg"],
    [{ a: {} }, "invalid-request", "aggregations.a"],
    [{ a: { min: "year", max: "year" } }, "invalid-request", "aggregations.a"],
    [{ a: { percentiles: "year", at: [101] } }, "invalid-request", "aggregations.a.at"],
    [{ a: { sum: "year", limit: 3 } }, "invalid-request", "aggregations.a.limit"],
    [
      Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`a${n}`, { count: "year" }])),
      "invalid-request",
      "aggregations",
    ],
  ])("that is wrong (%j) is %s at %s", (aggregations, code, path) => {
    expect(errorsOf({ aggregations })).toMatchObject({ code, paths: [path] });
  });
});

describe("a filter", () => {
  it.each([
    ["year >=", 7],
    ["nope = 1", 0],
    ["year >= 1 AND nope = 1", 14],
    ["year = 'x'", 7],
  ])("that is wrong (%s) is a failure with its place, %i", (filter, place) => {
    const { code, paths, message } = errorsOf({ filter });

    expect({ code, paths }).toEqual({ code: "invalid-filter", paths: ["filter"] });
    expect(message).toMatch(`(position ${place})`);
  });
});

it("refuses a query of too many words", () => {
  const q = Array.from({ length: 257 }, (_, n) => `w${n}`).join(" ");

  expect(errorsOf({ q }).code).toBe("invalid-query");
});
