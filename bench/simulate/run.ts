/**
 * The simulator: what stragglers and failures do to searches over many leaves, with Umbel's policies and without. Writes
 * bench/results/simulate.md and docs/stragglers.svg. BENCH_CALLS: leaf calls a row, about (400,000).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCATTER_POLICY, type ScatterPolicy } from "../../core/scatter/limits.ts";
import { HEALTHY, type LeafModel } from "./leaf-model.ts";
import { picture, type Line } from "./picture.ts";
import { simulate, type Figures } from "./simulate.ts";

const CALLS = Number(process.env["BENCH_CALLS"] ?? 400_000);
const LEAVES = [1, 5, 20, 100, 500, 2_000];
const SEARCHES_PER_SECOND = 50;
const DEADLINE_MS = 30_000;
const ONE_IN_100 = 0.01;

/** Neither hedges nor retries: every call counts as it comes. */
const NAIVE: ScatterPolicy = { ...SCATTER_POLICY, hedgeShare: 0, retryShare: 0 };

const SETTINGS = [
  { name: "naive", color: "#cf222e", replicas: 1, policy: NAIVE },
  { name: "Umbel, 2 replicas", color: "#1a7f37", replicas: 2, policy: SCATTER_POLICY },
  { name: "Umbel, 3 replicas", color: "#0969da", replicas: 3, policy: SCATTER_POLICY },
] as const;

interface Row extends Figures {
  setting: string;
  leaves: number;
}

let simulated = 0;

function run(
  leaves: number,
  replicas: number,
  policy: ScatterPolicy,
  model: LeafModel,
  countAfterMs = 0,
): Figures {
  const searches = Math.max(500, Math.round(CALLS / leaves));
  const figures = simulate({
    leaves,
    replicas,
    policy,
    model,
    searches,
    countAfterMs,
    searchesPerSecond: SEARCHES_PER_SECOND,
    deadlineMs: DEADLINE_MS,
    seed: 1,
  });
  simulated += searches * leaves;
  return figures;
}

function compare(model: LeafModel): Row[] {
  return SETTINGS.flatMap(({ name, replicas, policy }) =>
    LEAVES.map((leaves) => {
      console.error(`${name}, ${leaves} leaves`);
      return { setting: name, leaves, ...run(leaves, replicas, policy, model) };
    }),
  );
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (string | number)[][]): string[] {
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

const percent = (share: number): string =>
  `${share > 0 && share < 0.001 ? (100 * share).toPrecision(2) : (100 * share).toFixed(share < 0.01 ? 2 : 1)} %`;
const ms = (value: number): string => value.toFixed(0);

function comparison(rows: readonly Row[], what: string, share: (row: Row) => number): string[] {
  return table(
    [
      "leaves",
      "",
      `searches ${what}`,
      "by arithmetic",
      "p50, ms",
      "p99, ms",
      "p99.9, ms",
      "hedges",
      "retries",
    ],
    LEAVES.flatMap((leaves) =>
      rows
        .filter((row) => row.leaves === leaves)
        .map((row) => [
          leaves,
          row.setting,
          percent(share(row)),
          row.setting === "naive" ? percent(1 - (1 - ONE_IN_100) ** leaves) : "",
          ms(row.p50Ms),
          ms(row.p99Ms),
          ms(row.p999Ms),
          percent(row.hedged),
          percent(row.retried),
        ]),
    ),
  );
}

function linesOf(rows: readonly Row[], share: (row: Row) => number): Line[] {
  return SETTINGS.map(({ name, color }) => ({
    name,
    color,
    points: rows
      .filter(({ setting }) => setting === name)
      .map((row): Line["points"][number] => [row.leaves, share(row)]),
  }));
}

function budgets(): string[] {
  const late = { ...HEALTHY, lateShare: ONE_IN_100 };
  const rows = [0, 0.005, 0.01, 0.02, 0.05, 0.1].map((hedgeShare) => {
    console.error(`hedge budget ${hedgeShare}`);
    const { over2s, p99Ms, p999Ms, extra } = run(100, 2, { ...SCATTER_POLICY, hedgeShare }, late);
    return [percent(hedgeShare), percent(over2s), ms(p99Ms), ms(p999Ms), percent(extra)];
  });
  return table(["hedge budget", "searches over 2 s", "p99, ms", "p99.9, ms", "more calls"], rows);
}

function deaths(): string[] {
  const rows = ([undefined, "dead", "hangs"] as const).map((firstReplica) => {
    console.error(`first replica ${firstReplica ?? "well"}`);
    const model = firstReplica === undefined ? HEALTHY : { ...HEALTHY, firstReplica };
    const { failed, p50Ms, p99Ms, p999Ms, extra } = run(100, 2, SCATTER_POLICY, model, 1_000);
    const how = { dead: "fails every call", hangs: "never answers", well: "is well" }[firstReplica ?? "well"];
    return [how, percent(failed), ms(p50Ms), ms(p99Ms), ms(p999Ms), percent(extra)];
  });
  return table(
    ["one replica of every shard", "searches failed", "p50, ms", "p99, ms", "p99.9, ms", "more calls"],
    rows,
  );
}

const over2s = (row: Row): number => row.over2s;
const failed = (row: Row): number => row.failed;
const startedAt = performance.now();
const late = compare({ ...HEALTHY, lateShare: ONE_IN_100 });
const failing = compare({ ...HEALTHY, failShare: ONE_IN_100 });
const text = [
  "# Stragglers and failures, simulated",
  "",
  "By `npm run bench:simulate`, with the code that branches run (`core/scatter`) and a virtual clock. A leaf is single-threaded and takes 2 ms",
  `(median) and the way there and back 2 ms; ${SEARCHES_PER_SECOND} searches a second arrive at random; one isolate's experience serves all. "Naive" asks each leaf once and waits.`,
  "",
  "## One leaf call in 100 takes 2 s",
  "",
  ...comparison(late, "over 2 s", over2s),
  "## One leaf call in 100 fails",
  "",
  ...comparison(failing, "that fail", failed),
  "## What a hedge budget buys: 100 leaves of 2 replicas, one call in 100 takes 2 s",
  "",
  ...budgets(),
  "## One replica of every shard is gone: 100 leaves of 2 replicas, after the first second",
  "",
  ...deaths(),
].join("\n");
console.log(text);
console.error(`${simulated} leaf calls in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
const root = join(import.meta.dirname, "../..");
mkdirSync(join(root, "bench/results"), { recursive: true });
writeFileSync(join(root, "bench/results/simulate.md"), text);
writeFileSync(
  join(root, "docs/stragglers.svg"),
  picture([
    { title: "Searches over 2 s, when 1 leaf call in 100 takes 2 s", lines: linesOf(late, over2s) },
    { title: "Searches that fail, when 1 leaf call in 100 fails", lines: linesOf(failing, failed) },
  ]),
);
