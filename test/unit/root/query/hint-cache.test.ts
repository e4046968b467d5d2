import { describe, expect, it } from "vitest";
import type { MatchPlan } from "../../../../core/contracts/search.ts";
import type { Clause } from "../../../../core/query/parse-query.ts";
import { HintCache } from "../../../../root-worker/query/hint-cache.ts";

const word = (term: string, occur: Clause["occur"] = "should"): Clause => ({
  occur,
  kind: "term",
  fields: [{ field: "title", terms: [term] }],
});
const planOf = (...clauses: Clause[]): MatchPlan => ({ clauses, searched: [{ field: "title", boost: 1 }] });
const fields = [{ documents: 90, length: 400 }];

describe("hints", () => {
  it("are gaps for what was never seen", () => {
    expect(new HintCache().hintsFor("c", planOf(word("red")))).toEqual({
      documents: null,
      fields: [null],
      frequencies: [null],
    });
  });

  it("are what was seen last, word by word and field by field, also of other queries", () => {
    const cache = new HintCache();
    cache.learn("c", planOf(word("red"), word("leaf")), { documents: 100, fields, frequencies: [5, 9] });

    expect(cache.hintsFor("c", planOf(word("green"), word("leaf", "must")))).toEqual({
      documents: 100,
      fields,
      frequencies: [null, 9],
    });
    expect(cache.hintsFor("another", planOf(word("leaf"))).frequencies).toEqual([null]);
    const phrase: Clause = { ...word("leaf"), kind: "phrase" };
    expect(cache.hintsFor("c", planOf(phrase)).frequencies).toEqual([null]);
  });

  it("let a word grow with the collection since it was seen", () => {
    const cache = new HintCache();
    cache.learn("c", planOf(word("red")), { documents: 100, fields, frequencies: [5] });
    cache.learn("c", planOf(word("leaf")), { documents: 300, fields, frequencies: [9] });

    expect(cache.hintsFor("c", planOf(word("red"), word("leaf"))).frequencies).toEqual([15, 9]);
  });

  it("forget what was used longest ago, and never learn a clause that is very long", () => {
    const cache = new HintCache();
    const learn = (term: string) =>
      cache.learn("c", planOf(word(term)), { documents: 100, fields, frequencies: [5] });
    learn("first");
    learn("second");
    for (let index = 0; index < 19_998; index++) learn(`w${index}`);
    const known = (term: string) => cache.hintsFor("c", planOf(word(term))).frequencies[0] !== null;
    expect(known("first")).toBe(true);
    learn("one more");
    expect(known("second")).toBe(false);
    expect(known("first")).toBe(true);
    learn("long".repeat(60));
    expect(known("long".repeat(60))).toBe(false);
  });
});
