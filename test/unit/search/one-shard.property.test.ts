import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import type { SearchPlan } from "../../../core/contracts/search.ts";
import { addStatistics } from "../../../core/query/bm25.ts";
import { compareHits, scoresIn } from "../../../core/query/sort.ts";
import { aggregationsAnswer, facetsAnswer, type Gathered } from "../../../root-worker/query/gather.ts";
import { HintCache } from "../../../root-worker/query/hint-cache.ts";
import { Shards, type AnyDocument } from "./shards.ts";

const FIELDS: Fields = {
  title: { type: "text" },
  body: { type: "text", language: "english" },
  tag: { type: "keyword" },
  n: { type: "number" },
};

/** With a boost of its own, and so of all fields; without, what a field counts depends on the collection's lengths. */
const BOOSTED: Fields = { ...FIELDS, title: { type: "text", boost: 3 } };

/** Frequent words first; some begin alike, some are stemmed to the same. */
const WORDS = ["w", "fall", "falling", "ab", "abc", "green", "leaf", "rare", "abcd", "zz"];
const TAGS = ["red", "green", "blue", "grey", "pink"];

/** Everything that a case draws comes from here, so that a case is a number. */
class Draw {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  below(end: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * end);
  }

  oneOf<T>(...values: [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  word(): string {
    // The least of two: those in front are more frequent.
    return WORDS[Math.min(this.below(WORDS.length), this.below(WORDS.length))] ?? "w";
  }

  words(max: number): string {
    return Array.from({ length: this.below(max + 1) }, () => this.word()).join(" ");
  }

  document(ids: number): AnyDocument {
    return {
      id: `${this.oneOf("a", "é", "z")}${this.below(ids)}`,
      title: this.words(3),
      body: this.below(5) === 0 ? null : this.words(this.oneOf(4, 12, 40)),
      tag: this.oneOf<string | string[] | null>("red", "green", ["blue", "red"], null, this.oneOf(...tags)),
      n: this.below(20) / 2,
    };
  }

  clause(): string {
    const sign = this.oneOf("", "", "", "+", "-");
    const field = this.oneOf("", "", "", "title:", "body:");
    const text = this.oneOf(this.word(), this.word(), `"${this.word()} ${this.word()}"`, `${this.word()}*`);
    return `${sign}${field}${text}`;
  }

  request(): Record<string, unknown> {
    return {
      q: Array.from({ length: this.oneOf(0, 1, 1, 2, 3, 4) }, () => this.clause()).join(" "),
      operator: this.oneOf("or", "or", "and"),
      limit: this.oneOf(0, 1, 3, 5, 10),
      ...this.oneOf<object>({}, {}, { filter: "n >= 4" }, { filter: "tag = 'red' OR n < 3" }),
      ...this.oneOf<object>({}, {}, { fields: ["body"] }, { fields: ["body", "title"] }),
      ...this.oneOf<object>(
        {},
        {},
        {},
        { sort: ["-_score"] },
        { sort: ["-n", "tag"] },
        { sort: ["tag", "-_score"] },
        { sort: ["_score"] },
        { sort: ["id"] },
      ),
      ...this.oneOf<object>({}, { facets: { tag: { limit: 3 }, n: { interval: 2 } } }),
      ...this.oneOf<object>({}, { aggregations: { mean: { avg: "n" }, groups: { sum: "n", by: "tag" } } }),
      ...this.oneOf<object>({}, { aggregations: { p: { percentiles: "n" }, d: { distinct: "tag" } } }),
    };
  }
}

const tags: [string, ...string[]] = ["red", ...TAGS];

/** What the caller sees: hits, without where they lie, and everything that is counted. */
function seen(plan: SearchPlan, { partial, more }: Gathered) {
  return {
    hits: partial.hits.map(({ id, score, sort }) => ({ id, score, sort })),
    total: partial.total,
    more,
    facets: facetsAnswer(plan, partial, true),
    aggregations: aggregationsAnswer(plan, partial, true),
  };
}

/** The engine's own answer over everything, by everything's statistics: no waves, no hints. */
function oracle(whole: Shards, plan: SearchPlan) {
  const [leaf] = whole.leaves;
  const [statistics] = whole.statistics(plan);
  if (leaf === undefined || statistics === undefined) throw new Error("one shard is one leaf");
  const ranked = plan.clauses.length === 0 ? plan : { statistics, ...plan };
  const partial = leaf.search({ ...ranked, limit: plan.limit + 1 }, 0, 0);
  const more = plan.limit > 0 && partial.hits.length > plan.limit;
  const page = { ...partial, hits: partial.hits.slice(0, plan.limit) };
  return seen(plan, {
    partial: page,
    more,
    reports: [],
    answered: new Set(),
    failed: [],
    unconfirmed: [],
    secondWave: 0,
  });
}

/** Statistics of another time or place, as good as any: they may only make the certificate harder. */
function nonsense(draw: Draw, whole: Shards, plan: SearchPlan, hints: HintCache): void {
  const documents = draw.oneOf(0, 1, 50, 1_000_000);
  hints.learn(whole.collection.id, plan, {
    documents,
    fields: plan.searched.map(() => ({ documents: draw.below(50), length: 50 + draw.below(2_000) })),
    frequencies: plan.clauses.map(() => draw.below(documents * 2 + 1)),
  });
}

interface Case {
  seed: number;
  shards: number;
  skewed: boolean;
  boosted: boolean;
  steps: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(),
  shards: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constantFrom(1, 2, 3, 7)),
  skewed: fc.boolean(),
  boosted: fc.boolean(),
  steps: fc.integer({ min: 1, max: 12 }),
});

function shardChooser({ shards, skewed }: Case, draw: Draw): (document: AnyDocument) => number {
  return (document) => {
    if (skewed && JSON.stringify(document).includes("rare")) return shards - 1;
    return draw.below(skewed ? Math.min(2, shards) : shards);
  };
}

/** A collection in one shard, and the same in many. */
class Pair {
  readonly whole: Shards;
  readonly split: Shards;
  private readonly draw: Draw;

  constructor(of: Case, draw: Draw) {
    this.draw = draw;
    const fields = of.boosted ? BOOSTED : FIELDS;
    this.whole = new Shards(fields, 1, () => 0);
    this.split = new Shards(fields, of.shards, shardChooser(of, draw));
  }

  step(): void {
    const { draw, whole, split } = this;
    const shard = draw.below(split.leaves.length);
    switch (draw.below(6)) {
      case 0: {
        const ids = Array.from({ length: 5 }, () => draw.document(120).id);
        whole.delete(ids);
        split.delete(ids);
        return;
      }
      case 1:
        split.flush(shard);
        return;
      case 2:
        split.reopen(shard);
        return;
      default: {
        const documents = Array.from({ length: 1 + draw.below(40) }, () => draw.document(120));
        whole.put(documents);
        split.put(documents);
      }
    }
  }
}

const counted = { searches: 0, certifiedWithOtherHints: 0, secondWaves: 0 };

async function check(pair: Pair, draw: Draw, hints: HintCache, old: HintCache): Promise<void> {
  const { whole, split } = pair;
  const request = draw.request();
  const plan = split.plan(request);
  const kind = draw.below(4);
  const known = kind === 0 ? new HintCache() : kind === 1 ? old : hints;
  if (kind === 2) nonsense(draw, split, plan, known);
  const gathered = await split.search(plan, known, draw.oneOf(1, 1, 2, 5, 20));
  expect({ request, ...seen(plan, gathered) }).toEqual({ request, ...oracle(whole, plan) });
  counted.searches += 1;
  if (gathered.secondWave > 0) counted.secondWaves += 1;
  else if (kind !== 3 && gathered.statistics !== undefined) counted.certifiedWithOtherHints += 1;
}

describe("a search over any number of shards", () => {
  it("equals the search over one shard, ids and scores to the last bit, facets and aggregations too, whatever is hinted", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const draw = new Draw(of.seed);
        const pair = new Pair(of, draw);
        const hints = new HintCache();
        const old = new HintCache();
        for (let step = 0; step < of.steps; step++) {
          pair.step();
          // Knows this state of the collection, and none after it.
          if (step === 0) await pair.split.search(pair.split.plan({ q: WORDS.join(" ") }), old);
        }
        for (let count = 0; count < 25; count++) await check(pair, draw, hints, old);
      }),
      { numRuns: 160 },
    );
    expect(counted.searches).toBeGreaterThanOrEqual(4_000);
    // Both ways out of the first wave are gone often.
    expect(counted.secondWaves).toBeGreaterThan(counted.searches / 10);
    expect(counted.certifiedWithOtherHints).toBeGreaterThan(counted.searches / 10);
  });
});

/** All hits, page by page; `between` runs before each page but the first. */
async function allPages(shards: Shards, request: object, hints: () => HintCache, between: () => void) {
  const hits: { id: string; score: number }[] = [];
  let after: SearchPlan["after"];
  let statistics: SearchPlan["statistics"];
  for (let page = 0; page < 200; page++) {
    const plan = { ...shards.plan(request, after), ...(statistics !== undefined && { statistics }) };
    const gathered = await shards.search(plan, hints(), 1);
    const { hits: found } = gathered.partial;
    hits.push(...found);
    const last = found.at(-1);
    if (!gathered.more || last === undefined) return hits;
    after = { sort: last.sort, id: last.id };
    if (scoresIn(plan.sort) !== "nothing") statistics = gathered.statistics ?? plan.statistics;
    between();
  }
  throw new Error("the pages do not end");
}

describe("pages, one after another by their cursors", () => {
  it("are the one-shard ranking cut to pieces: nothing twice, nothing missing", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const draw = new Draw(of.seed);
        const pair = new Pair(of, draw);
        for (let step = 0; step < of.steps; step++) pair.step();
        for (let count = 0; count < 4; count++) {
          const request = { ...draw.request(), limit: draw.oneOf(1, 3, 7) };
          const pages = await allPages(
            pair.split,
            request,
            () => new HintCache(),
            () => {},
          );
          const whole = oracle(pair.whole, { ...pair.whole.plan(request), limit: 1_000 });
          expect(pages.map(({ id, score }) => [id, score])).toEqual(
            whole.hits.map(({ id, score }) => [id, score]),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("have each document that is not written in between once, in its order, whatever else is written", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const draw = new Draw(of.seed);
        const { split } = new Pair(of, draw);
        split.put(Array.from({ length: 60 }, (_, index) => ({ ...draw.document(1), id: `kept${index}` })));
        const request = { q: draw.clause(), limit: 4 };
        const plan = split.plan(request);
        const before = await split.search({ ...plan, limit: 100 });
        const pages = await allPages(
          split,
          request,
          () => new HintCache(),
          () => {
            split.put(Array.from({ length: 9 }, () => ({ ...draw.document(30), body: draw.words(60) })));
          },
        );
        const kept = pages.filter(({ id }) => id.startsWith("kept"));
        expect(kept.map(({ id, score }) => [id, score])).toEqual(
          before.partial.hits.map(({ id, score }) => [id, score]),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("the order that a search answers in", () => {
  it("is that of its sort keys, then of ids", async () => {
    const draw = new Draw(5);
    const { split } = new Pair({ seed: 5, shards: 5, skewed: false, boosted: false, steps: 0 }, draw);
    split.put(Array.from({ length: 80 }, () => draw.document(200)));
    const plan = split.plan({ q: "w fall", limit: 50 });
    const { partial, statistics } = await split.search(plan);
    expect(partial.hits.toSorted((a, b) => compareHits(a, b, plan.sort))).toEqual(partial.hits);
    expect(statistics).toEqual(split.statistics(plan).reduce(addStatistics));
  });
});
