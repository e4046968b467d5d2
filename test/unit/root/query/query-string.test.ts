import { describe, expect, it } from "vitest";
import { queryToRequest } from "../../../../root-worker/query/query-string.ts";
import { SearchRequest } from "../../../../root-worker/query/request.ts";

describe("query parameters", () => {
  it.each<[Record<string, string>, object]>([
    [{}, {}],
    [{ q: "12" }, { q: "12" }],
    [{ q: "" }, { q: "" }],
    [{ q: '["a"]' }, { q: '["a"]' }],
    [
      { limit: "20", deadlineMs: "500" },
      { limit: 20, deadlineMs: 500 },
    ],
    [{ sort: "-year,title" }, { sort: ["-year", "title"] }],
    [{ sort: '["-year","title"]' }, { sort: ["-year", "title"] }],
    [{ fields: "title" }, { fields: ["title"] }],
    [{ fields: " title , plot " }, { fields: ["title", "plot"] }],
    [{ facets: "genre,year" }, { facets: ["genre", "year"] }],
    [{ facets: '{"genre":{"limit":5}}' }, { facets: { genre: { limit: 5 } } }],
    [{ explain: "" }, { explain: true }],
    [{ explain: "true" }, { explain: true }],
    [{ explain: "false" }, { explain: false }],
  ])("%j mean %j", (query, request) => {
    expect(queryToRequest(query)).toEqual(request);
  });

  it.each<[Record<string, string>, string]>([
    [{ limit: "ten" }, "limit"],
    [{ limit: "" }, "limit"],
    [{ limit: "1.5" }, "limit"],
    [{ limit: "1001" }, "limit"],
    [{ limit: "-1" }, "limit"],
    [{ deadlineMs: "0" }, "deadlineMs"],
    [{ deadlineMs: "30001" }, "deadlineMs"],
    [{ explain: "yes" }, "explain"],
    [{ sort: "" }, "sort"],
    [{ sort: "--year" }, "sort"],
    [{ fields: "" }, "fields"],
    [{ facets: "{" }, ""],
    [{ operator: "xor" }, "operator"],
    [{ partial: "maybe" }, "partial"],
    [{ nope: "1" }, ""],
  ])("%j are refused as the same values in a body are", (query, member) => {
    const parsed = SearchRequest.safeParse(queryToRequest(query));
    // A facet by a name that is no field's is for the plan to refuse.
    if (member === "" && "facets" in query) {
      expect(parsed.data?.facets).toEqual(["{"]);
      return;
    }

    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.path[0] ?? "").toBe(member);
  });
});

describe("a search request", () => {
  it.each<[object]>([
    [{ facets: { genre: { limit: 0 } } }],
    [{ facets: { year: { interval: 0 } } }],
    [{ facets: { year: { interval: "week" } } }],
    [{ facets: { year: { ranges: [] } } }],
    [{ facets: { year: { ranges: [1, 1] } } }],
    [{ facets: { year: { interval: 1, limit: 2 } } }],
    [{ facets: Array.from({ length: 33 }, (_, n) => `f${n}`) }],
    [{ q: "x".repeat(8_193) }],
    [{ filter: 7 }],
    [{ sort: ["year", "a", "b", "c", "d", "e", "f", "g", "h"] }],
    [{ Q: "x" }],
  ])("can't be %j", (request) => {
    expect(SearchRequest.safeParse(request).success).toBe(false);
  });

  it("has 10 hits, 2 seconds, and all shards or nothing, unless it says otherwise", () => {
    expect(SearchRequest.parse({})).toEqual({
      operator: "or",
      limit: 10,
      deadlineMs: 2_000,
      partial: "forbid",
      explain: false,
    });
  });
});
