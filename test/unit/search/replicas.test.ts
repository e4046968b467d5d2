import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Collection, Fields } from "../../../core/collection.ts";
import type { SearchPlan } from "../../../core/contracts/search.ts";
import {
  aggregationsAnswer,
  coverageOf,
  facetsAnswer,
  type Gathered,
} from "../../../root-worker/query/gather.ts";
import { SLOT_COUNT } from "../../../core/slots.ts";
import { seededRandom } from "../../../core/seeded-random.ts";
import { Replicas } from "./replicas.ts";
import { Shards, type AnyDocument } from "./shards.ts";

const FIELDS: Fields = {
  title: { type: "text", language: "english" },
  text: { type: "text", language: "english" },
  author: { type: "keyword" },
  words: { type: "number" },
};

function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, "../../cranfield", name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

const queries = lines<{ text: string }>("queries.jsonl");
const corpus = lines<AnyDocument & { text: string }>("corpus.jsonl").map((document): AnyDocument => ({
  ...document,
  words: document.text.split(" ").length,
}));

/** What a single leaf has, and the same at leaves of different histories, in the layout that divides the work. */
class Both {
  readonly one = new Shards(FIELDS, 1, () => 0);
  readonly replicas: Replicas;
  private readonly random = seededRandom(8);

  constructor(leaves: number, documents = corpus) {
    this.replicas = new Replicas(FIELDS, leaves);
    for (let first = 0; first < documents.length; first += 200) {
      const some = documents.slice(first, first + 200);
      this.one.put(some);
      this.replicas.write(some.map((put) => ({ put })));
      // Segments differ: each leaf flushes at another time.
      const leaf = this.replicas.leaves[first / 200];
      if (leaf !== undefined) this.replicas.flush(leaf);
    }
  }

  /** Updates and deletions, about half of each, a batch at a time. */
  change(count: number): void {
    for (let changed = 0; changed < count; changed += 100) {
      const gone = new Set<string>();
      const written = new Map<string, AnyDocument>();
      for (let change = 0; change < 100; change++) {
        const document = corpus[Math.floor(this.random() * corpus.length)];
        const other = corpus[Math.floor(this.random() * corpus.length)];
        if (document === undefined || other === undefined) continue;
        written.delete(document.id);
        gone.delete(document.id);
        if (this.random() < 0.5) written.set(document.id, { ...other, id: document.id });
        else gone.add(document.id);
      }
      this.one.put([...written.values()]);
      this.one.delete([...gone]);
      this.replicas.write([...written.values()].map((put) => ({ put })));
      this.replicas.write([...gone].map((id) => ({ delete: id })));
    }
  }

  /** What the leaves answer together, and what one does. */
  async answers(plan: SearchPlan, ranges: number): Promise<[shared: object, one: object]> {
    const shared = await this.replicas.search(plan, ranges);
    const one = await this.one.search(plan);
    return [shown(plan, shared, this.replicas.collection), shown(plan, one, this.one.collection)];
  }
}

function shown(plan: SearchPlan, gathered: Gathered, collection: Collection): object {
  const { partial, more } = gathered;
  return {
    hits: partial.hits.map(({ id, score, sort }) => [id, score, sort]),
    total: partial.total,
    more,
    facets: facetsAnswer(plan, partial, true),
    aggregations: aggregationsAnswer(plan, partial, true),
    coverage: coverageOf(collection, gathered),
  };
}

/**
 * All queries by both operators, before and after 2,000 changes, take minutes (`CRANFIELD_ALL=1`). Else each is asked by one operator before and
 * by the other after, and at 1 and 16 leaves each tenth is.
 */
const all = process.env["CRANFIELD_ALL"] !== undefined;

describe("the 225 Cranfield queries, divided over leaves that all have everything,", () => {
  it.each([
    { leaves: 1, ranges: 2, each: 10 },
    { leaves: 4, ranges: 4, each: 1 },
    { leaves: 16, ranges: 16, each: 10 },
  ])(
    "have one leaf's ids and scores at $leaves leaves",
    { timeout: 600_000 },
    async ({ leaves, ranges, each }) => {
      expect(queries).toHaveLength(225);
      const both = new Both(leaves);
      const run = async (odd: "or" | "and"): Promise<void> => {
        for (const [index, { text }] of queries.entries()) {
          if (!all && index % each !== 0) continue;
          for (const operator of ["or", "and"] as const) {
            if (!all && ((index / each) % 2 === 1) !== (operator === odd)) continue;
            // By three words, or few documents match all of them.
            const q = operator === "or" ? text : text.split(" ").slice(0, 3).join(" ");
            const [shared, one] = await both.answers(both.one.plan({ q, operator, limit: 20 }), ranges);
            expect(shared).toEqual(one);
          }
        }
      };
      await run("or");
      both.change(all || each === 1 ? 2_000 : 200);
      await run("and");
    },
  );
});

describe("a search that is divided", () => {
  const both = new Both(4, corpus.slice(0, 600));

  it.each([
    { facets: { author: { limit: 5 }, words: { interval: 50 } } },
    { q: "flow", facets: ["author"], aggregations: { a: { avg: "words" }, p: { percentiles: "words" } } },
    { filter: "words > 100", sort: ["-words", "id"], limit: 30 },
    {
      q: "boundary layer",
      filter: "title LIKE '%plate%'",
      aggregations: { a: { sum: "words", by: "author" } },
    },
    { q: '"boundary layer" -plate wing*', sort: ["author", "_score"], limit: 1_000 },
    { aggregations: { d: { distinct: "author" } }, limit: 0 },
  ])("answers what one leaf does: %j", async (request) => {
    const [shared, one] = await both.answers(both.one.plan(request), 12);
    expect(shared).toEqual(one);
  });

  it("asks more than one leaf, each for a part", async () => {
    both.replicas.asked.length = 0;
    const { reports } = await both.replicas.search(both.one.plan({ facets: ["author"] }), 12);
    expect(both.replicas.asked.every(({ from, to }) => to - from < SLOT_COUNT / 2)).toBe(true);
    expect(reports.length).toBeGreaterThan(1);
  });

  it("asks a leaf again, or another, that is behind the first that answers", async () => {
    const late = new Both(3, corpus.slice(0, 200));
    const extra = [{ put: { id: "late", title: "late", text: "late", author: "late", words: 1 } }];
    const [, , behind] = late.replicas.leaves;
    late.replicas.write(extra, late.replicas.leaves.slice(0, 2));
    const plan = late.one.plan({ facets: { author: { limit: 1_000 } }, filter: "author = 'late'" });
    let calls = 0;
    const { partial, reports } = await late.replicas.search(plan, 12, () => {
      calls += 1;
      // The third catches up while the search is under way.
      if (calls === 12 && behind !== undefined && behind.position.sequence < 15)
        late.replicas.write(extra, [behind]);
    });
    expect(partial.total).toBe(1);
    expect(reports.every(({ sequence }) => sequence === undefined || sequence >= 1)).toBe(true);
  });

  it("is ranked by one state of the collection when a write comes in between", async () => {
    const changing = new Both(4, corpus.slice(0, 400));
    const plan = changing.one.plan({ q: "boundary layer flow", limit: 10, facets: ["author"] });
    let calls = 0;
    const { partial } = await changing.replicas.search(plan, 32, () => {
      calls += 1;
      if (calls !== 3) return;
      const added = Array.from({ length: 300 }, (_, n) => ({
        put: { id: `new-${n}`, title: "boundary", text: "boundary", author: "new", words: 1 },
      }));
      changing.replicas.write(added);
    });
    const before = await changing.one.search(changing.one.plan({ q: "boundary layer flow", limit: 1_000 }));
    const scores = new Map(before.partial.hits.map(({ id, score }) => [id, score]));
    const kept = partial.hits.filter(({ id }) => !id.startsWith("new-"));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.map(({ score }) => score)).toEqual(kept.map(({ id }) => scores.get(id)));
  });
});
