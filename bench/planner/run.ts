/**
 * The planner against the simulator, and against live collections under injected delays. Prints and writes bench/results/planner.md, and
 * draws docs/choosing-leaves.svg. BENCH_CALLS: simulated leaf calls a row, about (2,000,000). BENCH_SEARCHES: live searches a row (200).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logNormal } from "../../core/planner/latency-model.ts";
import { optionsOf, type Basis, type Option, type Shape } from "../../core/planner/options.ts";
import { SCATTER_POLICY } from "../../core/scatter/limits.ts";
import { prepare, putFaults, searchAll } from "../../test/support/fault-runs.ts";
import { startPlatform, type Platform } from "../../test/support/platform.ts";
import { HEALTHY, type LeafModel } from "../simulate/leaf-model.ts";
import { picture, type Line } from "../simulate/picture.ts";
import { simulate } from "../simulate/simulate.ts";

const CALLS = Number(process.env["BENCH_CALLS"] ?? 2_000_000);
const SEARCHES = Number(process.env["BENCH_SEARCHES"] ?? 200);
/** Runs of each row, of other random numbers: how far they are apart says how much of a difference is chance. */
const SEEDS = [11, 12, 13, 14];
/** Of the searches of a run that are not counted: an isolate begins with all its tokens, and what is planned is what comes after. */
const UNCOUNTED = 0.2;
const SEARCHES_A_SECOND = 0.02;
const Z_99 = 2.3263478740408408;
const PATTERN: Basis = {
  latency: logNormal({ p50: 10, p99: 2_000 }),
  leafFailure: 0.01,
  failures: "replicas",
  overheadMs: 0.06,
};
const MODELS: { name: string; model: LeafModel }[] = [
  { name: "4 ms, p99 8 ms", model: HEALTHY },
  { name: "60 ms, p99 331 ms", model: { ...HEALTHY, serviceMs: 50, spread: 0.8, networkMs: 10 } },
];

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (string | number)[][]): string[] => [
  line(head),
  line(head.map(() => "---")),
  ...rows.map(line),
  "",
];
const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
const off = (planned: number, measured: number): string => {
  const more = 100 * (planned / measured - 1);
  return `${more >= 0 ? "+" : ""}${more.toFixed(1)} %`;
};
/** Beside what several runs have shown, with the standard error of their mean. */
const besideRuns = (planned: number, runs: readonly number[]): string => {
  const mean = runs.reduce((sum, run) => sum + run, 0) / runs.length;
  const variance = runs.reduce((sum, run) => sum + (run - mean) ** 2, 0) / (runs.length - 1);
  const error = (100 * Math.sqrt(variance / runs.length)) / mean;
  return `${planned.toFixed(1)} / ${mean.toFixed(1)} (${off(planned, mean)} ± ${error.toFixed(1)})`;
};
const beside = (planned: number, measured: number): string =>
  `${planned.toFixed(1)} / ${measured.toFixed(1)} (${off(planned, measured)})`;

function option(basis: Basis, shape: Shape, overMs = 2_000): Option {
  const [only] = optionsOf(basis, [shape], overMs);
  if (only === undefined) throw new Error("a shape has an option");
  return only;
}

function patternRows(): (string | number)[][] {
  return [5, 100].flatMap((leaves) =>
    [1, 2, 3].flatMap((replicas) =>
      [false, true]
        .filter((hedging) => replicas > 1 || !hedging)
        .map((hedging) => {
          const { over, failing, calls, usdAMillion } = option(PATTERN, { leaves, replicas, hedging });
          return [
            leaves,
            replicas,
            hedging ? "yes" : "no",
            percent(over.anyLeaf),
            percent(failing),
            percent(calls - 1),
            `$${usdAMillion.toPrecision(3)}`,
          ];
        }),
    ),
  );
}

function simulatedRows(): string[][] {
  return MODELS.flatMap(({ name, model }) =>
    [5, 20, 100].flatMap((leaves) =>
      [1, 2].map((replicas) => {
        console.error(`simulating ${leaves} leaves, ${replicas} replicas, ${name}`);
        const hedging = replicas > 1;
        const { serviceMs, spread, networkMs } = model;
        const searches = Math.round(CALLS / leaves / SEEDS.length);
        const simulated = SEEDS.map((seed) =>
          simulate({
            leaves,
            replicas,
            model,
            policy: hedging ? SCATTER_POLICY : { ...SCATTER_POLICY, hedgeShare: 0, retryShare: 0 },
            searches,
            searchesPerSecond: SEARCHES_A_SECOND,
            deadlineMs: 3e7,
            seed,
            countAfterMs: (UNCOUNTED * searches * 1_000) / SEARCHES_A_SECOND,
          }),
        );
        const latency = logNormal({
          floor: networkMs,
          p50: networkMs + serviceMs,
          p99: networkMs + serviceMs * Math.exp(Z_99 * spread),
        });
        const planned = option(
          { latency, leafFailure: 0, failures: "calls", overheadMs: 0 },
          { leaves, replicas, hedging },
        );
        return [
          name,
          String(leaves),
          hedging ? "2, hedged" : "1",
          besideRuns(
            planned.latencyMs.p50,
            simulated.map(({ p50Ms }) => p50Ms),
          ),
          besideRuns(
            planned.latencyMs.p95,
            simulated.map(({ p95Ms }) => p95Ms),
          ),
          besideRuns(
            planned.latencyMs.p99,
            simulated.map(({ p99Ms }) => p99Ms),
          ),
        ];
      }),
    ),
  );
}

interface Plan {
  basis: { leafLatencyMs: { p50: number; p99: number }; overheadMs: number; calls: number };
  options: Option[];
}

/** Delays of 20 to 285 ms, each level 15 % above the one before, so that no share of the searches falls into a gap. */
const LEVELS = Array.from({ length: 20 }, (_, level) => Math.round(20 * 1.15 ** level));

/** The share of the calls that is delayed by no more than a level. */
const atMost = (delayMs: number): number => 1 - 0.9 * (20 / delayMs) ** 1.5;

/** Of the delays that a call draws the longest counts. */
const DELAYS = LEVELS.map((delayMs, level) => ({
  delayMs,
  delayRate: level === 0 ? 1 : 1 - atMost(LEVELS[level - 1] ?? 20) / atMost(delayMs),
}));

async function measured(platform: Platform, collection: string): Promise<number[]> {
  const took: number[] = [];
  for (let search = 0; search < SEARCHES; search++) {
    const { body } = await searchAll(platform, collection);
    took.push(body.tookMs);
  }
  return took.toSorted((a, b) => a - b);
}

async function liveRows(): Promise<string[][]> {
  const platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
  try {
    const shapes = [2, 5, 12].map((shards) => ({ name: `leaves-${shards}`, shards, replicas: 1 }));
    const all = [...shapes, { name: "hedged-5", shards: 5, replicas: 2 }];
    for (const { name, ...shape } of all) await prepare(platform, name, shape);
    await putFaults(platform, {
      seed: 3,
      rules: all.flatMap(({ name }) => DELAYS.map((delay) => ({ collection: name, ...delay }))),
    });
    const times = new Map<string, number[]>();
    for (const { name } of all) {
      console.error(`searching ${name}`);
      times.set(name, await measured(platform, name));
    }
    const { body: plan } = await platform.json<Plan>("POST", "/v1/planner", {
      collection: "leaves-5",
      leaves: [2, 5, 12],
      replicas: [1, 2],
    });
    return all.map(({ name, shards, replicas }) => {
      const planned = plan.options.find(
        (each) => each.leaves === shards && each.replicas === replicas && each.hedging === replicas > 1,
      );
      const sorted = times.get(name) ?? [];
      const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      return [
        String(shards),
        replicas > 1 ? "2, hedged" : "1",
        beside(planned?.latencyMs.p50 ?? 0, at(0.5)),
        beside(planned?.latencyMs.p95 ?? 0, at(0.95)),
      ];
    });
  } finally {
    await platform.stop();
  }
}

function drawn(): string {
  const settings = [
    { name: "1 replica", color: "#cf222e", replicas: 1, hedging: false },
    { name: "2, hedged", color: "#1a7f37", replicas: 2, hedging: true },
    { name: "3, hedged", color: "#0969da", replicas: 3, hedging: true },
  ];
  const leaves = [1, 2, 5, 10, 20, 50, 100, 186, 500, 2_000];
  const lines = (share: (option: Option) => number): Line[] =>
    settings.map(({ name, color, ...shape }) => ({
      name,
      color,
      points: leaves.map((count): Line["points"][number] => [
        count,
        share(option(PATTERN, { leaves: count, ...shape })),
      ]),
    }));
  return picture([
    { title: "Answers over 2 s, when a leaf's p99 is 2 s", lines: lines(({ over }) => over.anyLeaf) },
    { title: "Answers that fail, when a leaf does once in 100", lines: lines(({ failing }) => failing) },
  ]);
}

const text = [
  "# The planner, beside what it plans",
  "",
  "By `npm run bench:planner`. Pairs are what was planned and what was measured, in ms.",
  "",
  "## The pattern's figures, and what replicas and hedging make of them",
  "",
  "Leaves of 10 ms with a 99th percentile of 2 s, of which a replica fails once in 100.",
  "",
  ...table(
    [
      "leaves",
      "replicas",
      "hedged",
      "answers over 2 s",
      "answers that fail",
      "more calls",
      "a million searches",
    ],
    patternRows(),
  ),
  "## Beside the simulator",
  "",
  `The mean of ${SEEDS.length} runs of ${CALLS / SEEDS.length} calls to leaves each, and its standard error in %.`,
  "",
  ...table(["leaf", "leaves", "replicas", "p50", "p95", "p99"], simulatedRows()),
  "## Beside live collections under injected delays",
  "",
  `Each leaf call is delayed by 20 to 285 ms, half of them by 30 or more. All rows are planned from what ${SEARCHES} searches of the collection of 5 leaves have left.`,
  "",
  ...table(["leaves", "replicas", "p50", "p95"], await liveRows()),
].join("\n");
console.log(text);
const root = join(import.meta.dirname, "../..");
mkdirSync(join(root, "bench/results"), { recursive: true });
writeFileSync(join(root, "bench/results/planner.md"), text);
writeFileSync(join(root, "docs/choosing-leaves.svg"), drawn());
