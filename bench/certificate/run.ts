/**
 * The certificate's bench: how often one wave is not enough. WordNet's glosses in several numbers of shards, 1,000 queries of
 * 1 to 4 words, the first 10 hits; leaves, branches and the root as plain classes. A leaf's answer with many spare hits is
 * cut down to each number of them, as a leaf with less would have answered. Writes bench/results/certificate.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fields } from "../../core/collection.ts";
import type { Hints, MatchPlan, SearchPartial, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import { addStatistics } from "../../core/query/bm25.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { parseQuery } from "../../core/query/parse-query.ts";
import { BY_SCORE, compareHits } from "../../core/query/sort.ts";
import { evenSlotMap, slotOf, slotTable } from "../../core/slots.ts";
import { certify, type HintedPlan } from "../../root-worker/query/certificate.ts";
import { HintCache } from "../../root-worker/query/hint-cache.ts";
import { leafShare } from "../../root-worker/query/leaf-share.ts";
import { SPARE_HITS } from "../../root-worker/query/search-waves.ts";
import { SegmentIndex } from "../../shard-workers/documents/segment-index.ts";
import type { BenchDocument } from "../leaf/corpus.ts";
import { wordnetCorpus } from "../leaf/wordnet-corpus.ts";
import { generator } from "../leaf/zipf-corpus.ts";
import { MemoryRows } from "./memory-rows.ts";
import { drawQueries } from "./queries.ts";

const FIELDS: Fields = { gloss: { type: "text", language: "english" } };
const SHARDS = [4, 16, 64];
const SPARE = [0, 1, 2, 5, 10, 20];
const QUERIES = Number(process.env["BENCH_QUERIES"] ?? 1_000);
const LIMIT = 10;
const BATCH = 1_000;
/** What had been written when the outdated hints were seen. */
const EARLIER_SHARE = 0.9;

const MODES = {
  none: "none: each leaf ranks by its own statistics",
  learned: "learned from the queries before",
  outdated: "seen when a tenth of the documents was missing",
} as const;
type Mode = keyof typeof MODES;

/** Queries that needed a second wave, of all, and the leaves that were asked then. */
interface Count {
  searches: number;
  leaves: number;
}

function planOf(q: string): SearchPlan {
  const parsed = parseQuery(q, { fields: FIELDS, searched: ["gloss"], operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  return {
    clauses: parsed.clauses,
    searched: [{ field: "gloss", boost: 1 }],
    sort: [...BY_SCORE],
    limit: LIMIT + Math.max(...SPARE),
    inlined: 0,
    facets: [],
    aggregations: [],
    highlight: [],
  };
}

/** The glosses in so many leaves. */
class Glosses {
  readonly leaves: SegmentIndex[];
  private readonly table: Uint16Array;
  private version = 1;

  constructor(shards: number) {
    this.table = slotTable(evenSlotMap(shards));
    this.leaves = Array.from({ length: shards }, () => {
      const leaf = new SegmentIndex(new MemoryRows());
      leaf.declare(FIELDS);
      return leaf;
    });
  }

  load(glosses: readonly BenchDocument[]): void {
    for (const [shard, own] of Map.groupBy(glosses, ({ id }) => this.table[slotOf(id)] ?? 0)) {
      const leaf = this.leaves[shard];
      if (leaf === undefined) throw new Error(`no shard ${shard}`);
      for (let from = 0; from < own.length; from += BATCH) {
        leaf.batch(() => {
          for (const { id, body: gloss } of own.slice(from, from + BATCH)) {
            const value = { id, gloss };
            leaf.put({ id, version: this.version++, json: JSON.stringify(value), value });
          }
        });
        while (leaf.mergeDue()) leaf.mergeStep();
      }
    }
  }

  statistics(plan: MatchPlan): Statistics {
    return this.leaves.map((leaf) => leaf.statistics(plan)).reduce(addStatistics);
  }

  answers(plan: SearchPlan): SearchPartial[] {
    return this.leaves.map((leaf, shard) => leaf.search(plan, shard, 0));
  }
}

/** What the root holds when a leaf answers so many hits; branches leave none out. */
function firstWave(answers: readonly SearchPartial[], plan: SearchPlan, leafLimit: number): SearchPartial {
  const none = emptyPartial(plan);
  return answers
    .map((answer) => mergePartials(answer, none, { sort: plan.sort, limit: leafLimit }))
    .reduce((all, next) => mergePartials(all, next, { sort: plan.sort, limit: Infinity }), none);
}

/** The first hits after a second wave, where one is needed: to be those of one shard. */
function finalHits(
  glosses: Glosses,
  plan: HintedPlan & SearchPlan,
  first: SearchPartial,
): [string, number][] {
  const { hits, statistics, uncertain } = certify(first, plan, LIMIT);
  const { hints: _, ...final } = plan;
  const again = uncertain.flatMap(
    (shard) => glosses.leaves[shard]?.search({ ...final, statistics, limit: LIMIT }, shard, 0).hits ?? [],
  );
  return hits
    .filter(({ shard }) => !uncertain.includes(shard))
    .concat(again)
    .toSorted((a, b) => compareHits(a, b, plan.sort))
    .slice(0, LIMIT)
    .map(({ id, score }) => [id, score]);
}

function run(
  glosses: Glosses,
  queries: readonly string[],
  hintsOf: (plan: SearchPlan, index: number) => Hints,
  learn: (plan: SearchPlan, statistics: Statistics) => void,
  whole: Glosses,
): { counts: Count[]; wrong: number } {
  const counts = SPARE.map((): Count => ({ searches: 0, leaves: 0 }));
  const share = leafShare(LIMIT, glosses.leaves.length);
  let wrong = 0;
  queries.forEach((q, index) => {
    const bare = planOf(q);
    const plan = { ...bare, hints: hintsOf(bare, index) };
    const answers = glosses.answers(plan);
    SPARE.forEach((spare, place) => {
      const first = firstWave(answers, plan, share + spare);
      const { uncertain } = certify(first, plan, LIMIT);
      const count = counts[place];
      if (count === undefined || uncertain.length === 0) return;
      count.searches += 1;
      count.leaves += uncertain.length;
    });
    const statistics = whole.statistics(bare);
    const [exact] = whole.answers({ ...bare, statistics, limit: LIMIT });
    const expected = exact?.hits.map(({ id, score }) => [id, score]);
    const found = finalHits(glosses, plan, firstWave(answers, plan, share + SPARE_HITS));
    if (JSON.stringify(found) !== JSON.stringify(expected)) wrong += 1;
    learn(bare, statistics);
  });
  return { counts, wrong };
}

const all = wordnetCorpus().documents.slice(0, Infinity);
const queries = drawQueries(
  all.map(({ body }) => body),
  QUERIES,
  generator(2026),
);
const earlier = all.filter(({ id }) => slotOf(`earlier ${id}`) % 1_000 < EARLIER_SHARE * 1_000);
const known = new Set(earlier);
const later = all.filter((gloss) => !known.has(gloss));

const whole = new Glosses(1);
whole.load(earlier);
const seenEarlier = queries.map((q) => whole.statistics(planOf(q)));
whole.load(later);

const lines = [
  `${all.length.toLocaleString("en")} glosses, ${QUERIES} queries of 1 to 4 words, the first ${LIMIT} hits. Share of the searches that needed a second`,
  "wave, and in brackets how many leaves were asked then, by the number of hits that a leaf answers beyond its likely share.",
  "",
  `| shards | share | hints | ${SPARE.map((spare) => `+${spare}`).join(" | ")} |`,
  `| --- | --- | --- | ${SPARE.map(() => "---").join(" | ")} |`,
];
let wrongAnswers = 0;
for (const shards of SHARDS) {
  const glosses = new Glosses(shards);
  glosses.load(all);
  for (const mode of ["none", "learned", "outdated"] satisfies Mode[]) {
    const cache = new HintCache();
    const nothing = new HintCache();
    const { counts, wrong } = run(
      glosses,
      queries,
      (plan, index) => {
        if (mode === "none") return nothing.hintsFor("glosses", plan);
        if (mode === "learned") return cache.hintsFor("glosses", plan);
        const { documents, fields, frequencies } = seenEarlier[index] ?? whole.statistics(plan);
        return { documents, fields, frequencies };
      },
      (plan, statistics) => cache.learn("glosses", plan, statistics),
      whole,
    );
    wrongAnswers += wrong;
    const cells = counts.map(
      ({ searches, leaves }) =>
        `${((100 * searches) / QUERIES).toFixed(1)} % (${searches === 0 ? 0 : (leaves / searches).toFixed(1)})`,
    );
    lines.push(`| ${shards} | ${leafShare(LIMIT, shards)} | ${MODES[mode]} | ${cells.join(" | ")} |`);
    console.error(lines.at(-1));
  }
}
lines.push(
  "",
  `Answers that differ from those of one shard, of all ${3 * SHARDS.length * QUERIES} with +${SPARE_HITS}: ${wrongAnswers}.`,
  "",
);
const text = lines.join("\n");
console.log(text);
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "certificate.md"), text);
process.exitCode = wrongAnswers === 0 ? 0 : 1;
