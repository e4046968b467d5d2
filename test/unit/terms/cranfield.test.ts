import { beforeAll, describe, expect, it } from "vitest";
import { ownershipOf } from "../../../core/term-ownership.ts";
import { ownerOf } from "../../../shard-workers/segment/term-owner.ts";
import { CranfieldLayouts, QUERIES, type Found } from "./cranfield-layouts.ts";
import type { TermShards, Traffic } from "./term-shards.ts";

/** Of the 225: `npm run bench:terms` asks all. */
const EVERY = 15;
const SAMPLE = QUERIES.filter((_, index) => index % EVERY === 0);

const layouts = new CranfieldLayouts([1, 4, 16]);

beforeAll(async () => {
  await layouts.load();
});

async function expectSameAnswers(): Promise<void> {
  let found = 0;
  for (const q of SAMPLE) {
    for (const operator of ["or", "and"] as const) {
      const right = await layouts.inDocuments(q, operator);
      found += right.hits.length;
      for (const terms of layouts.terms) {
        const own: Found = await layouts.inTerms(terms, q, operator);
        expect(own, `${operator}: ${q}`).toEqual(right);
      }
    }
  }
  expect(found).toBeGreaterThan(SAMPLE.length);
}

describe("Cranfield's queries in the layout `terms`, at 1, 4 and 16 leaves", () => {
  it("have the ids, the totals, and to the last bit the scores that they have in one document leaf", async () => {
    await expectSameAnswers();
  });
});

describe("a two-word `and`", () => {
  const sixteen = layouts.terms[2] as TermShards; // as declared above
  const words = ["flow", "pressure", "boundary", "layer", "wing", "supersonic", "heat", "shock", "flutter"];
  const pairs = words.flatMap((a, index) => words.slice(index + 1).map((b) => [a, b] as const));

  it("asks at most two term leaves, and moves fewer bytes than its two posting lists are", async () => {
    let matched = 0;
    for (const [a, b] of pairs) {
      const traffic: Traffic = { leaves: new Set(), bytes: 0 };
      const { total } = await layouts.inTerms(sixteen, `${a} ${b}`, "and", traffic);
      matched += total;
      expect(traffic.leaves.size).toBeLessThanOrEqual(2);
      expect(traffic.bytes, `${a} ${b}`).toBeLessThan(sixteen.listBytes(a) + sixteen.listBytes(b));
    }
    expect(matched).toBeGreaterThan(1_000);
  });

  it("ships of a third word only what the first two have left", async () => {
    // Of words that three leaves own, from the rarest on.
    const byLeaf = new Map(words.map((word) => [leavesOf(word).values().next().value, word]));
    const sorted = [...byLeaf.values()].toSorted((a, b) => sixteen.listBytes(a) - sixteen.listBytes(b));
    const [rare = "", common = "", third = ""] = sorted;
    const traffic: Traffic = { leaves: new Set(), bytes: 0 };
    await layouts.inTerms(sixteen, `${rare} ${common} ${third}`, "and", traffic);
    expect(traffic.leaves.size).toBe(3);
    // There and back, and to the second leaf: no more than what the rarest has.
    expect(traffic.bytes).toBeLessThan(4 * sixteen.listBytes(rare));
    expect(traffic.bytes).toBeLessThan(sixteen.listBytes(common));
  });

  function leavesOf(word: string): Set<number> {
    const ownership = ownershipOf(sixteen.collection);
    const { clauses } = sixteen.plan({ q: word });
    const fields = clauses.flatMap((clause) => clause.fields);
    return new Set(fields.map(({ field, terms }) => ownerOf(field, terms[0] ?? "", ownership)));
  }
});

describe("after 2,000 random updates and deletions", () => {
  it("the answers are the same, too", async () => {
    await layouts.change(2_000);
    await expectSameAnswers();
  });
});
