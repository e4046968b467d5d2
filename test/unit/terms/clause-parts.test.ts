import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { ownershipOf, termLanguageOf } from "../../../core/term-ownership.ts";
import { ownerOf } from "../../../shard-workers/segment/term-owner.ts";
import { involvedLeaves, onlyLeaf, partsOf, planAt } from "../../../shard-workers/terms/clause-parts.ts";

const FIELDS: Fields = { title: { type: "text", language: "english" }, author: { type: "text" } };
const OWNERSHIP = ownershipOf({
  shards: 16,
  fields: FIELDS,
  ...termLanguageOf({ layout: "terms", fields: FIELDS }),
});

function planOf(q: string) {
  const parsed = parseQuery(q, { fields: FIELDS, searched: ["title", "author"], operator: "and" });
  if (!parsed.ok) throw new Error(parsed.message);
  return { clauses: parsed.clauses, searched: [{ field: "title" }, { field: "author" }] };
}

describe("a query's parts", () => {
  it("are one leaf's for each word, though fields with and without a language have other terms of it", () => {
    for (const word of ["pressure", "supersonic", "wings", "studies", "running", "is"]) {
      const [part] = partsOf(planOf(word), OWNERSHIP);
      expect(part && onlyLeaf(part), word).toBeDefined();
    }
  });

  it("are all leaves' for a prefix", () => {
    expect(involvedLeaves(partsOf(planOf("wing*"), OWNERSHIP))).toHaveLength(16);
  });

  it("are a phrase's words, one by one, where several leaves own them, and the phrase where one does", () => {
    const plan = planOf('"boundary layer flow"');
    const [part] = partsOf(plan, OWNERSHIP);
    const owners = new Set(
      plan.clauses[0]?.fields[0]?.terms.map((term) => ownerOf("title", term, OWNERSHIP)),
    );
    expect(owners.size).toBeGreaterThan(1);
    expect(part?.evaluators).toEqual([]);
    expect(part?.phraseTerms.size).toBe(owners.size);
    const alone = { ...OWNERSHIP, leaves: 1 };
    expect(partsOf(plan, alone)).toMatchObject([{ evaluators: [0] }]);
  });
});

describe("the plan of the leaf that ranks", () => {
  it("has its own words, and names of lists for the others'", () => {
    const plan = planOf("pressure wing");
    const parts = partsOf(plan, OWNERSHIP);
    const [home = -1, other] = parts.map(onlyLeaf);
    expect(other).not.toBe(home);
    const { clauses } = planAt(home, plan, parts, OWNERSHIP);
    expect(clauses[0]).toEqual(plan.clauses[0]);
    expect(clauses[1]).toMatchObject({
      occur: "must",
      fields: [
        { field: "title", terms: [`\u00001/${other}`] },
        { field: "author", terms: [`\u00001/${other}`] },
      ],
    });
  });
});
