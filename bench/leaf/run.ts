/**
 * The leaf's bench: the engine against FTS5, the same documents and queries in the same workerd process. Prints a
 * table, and writes it to bench/results/leaf.json and leaf.md. Times are those of calls into the process, less that of
 * an empty call; the two sides take turns, and the median of the rounds counts, so that a busy machine harms both alike.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { wordOf } from "./corpus.ts";

const SIDES = ["engine", "fts"] as const;
const DOCUMENTS = Number(process.env["BENCH_DOCUMENTS"] ?? 100_000);
const BATCH = 1000;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 9);
/** A measured call takes at least this long, so that the way there and back does not count. */
const CALL_MS = 60;

type Side = "engine" | "fts";

/** What one side has stored. */
interface Stored {
  bytes: number;
  rowsWritten: number;
}

/** A query, and how many times faster than FTS5 it is to be. */
interface Query {
  name: string;
  q: string;
  aim: number;
}

interface Loaded {
  documents: number;
  segments: number[];
  documentsPerSecond: Record<Side, number>;
  bytes: Record<Side | "share", number>;
  rowsWrittenPerDocument: Record<Side, number>;
  longestStepMs: number;
}

interface Compared extends Query {
  totals: Record<Side, number>;
  searchMs: Record<Side, number>;
  ratio: number;
  /** With the best documents read as well. */
  fetchMs: Record<Side, number>;
  fetchRatio: number;
}

const here = import.meta.dirname;
const results = join(here, "../results");
const state = join(tmpdir(), `umbel-bench-leaf-${process.pid}`);

const bundle = await build({
  entryPoints: [join(here, "worker.ts")],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
});

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    workers: [
      {
        name: "bench",
        modules: [{ type: "ESModule", path: "worker.js", contents: bundle.outputFiles[0]?.text ?? "" }],
        compatibilityDate: "2026-10-30",
        durableObjects: {
          ENGINE: { className: "EngineLeaf", useSQLite: true },
          FTS: { className: "FtsLeaf", useSQLite: true },
        },
      },
    ],
  }),
  resourcePersistencePath: state,
});
const base = String(await miniflare.ready);

/** Calls a leaf's method; `T` is what that method returns, which worker.ts says. */
async function call<T>(side: Side, method: string, ...parameters: unknown[]): Promise<T> {
  const response = await fetch(new URL(`/${side}/${method}`, base).href, {
    method: "POST",
    body: JSON.stringify(parameters),
  });
  if (!response.ok) throw new Error(`${side}/${method}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { ms: performance.now() - start, value };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function load(): Promise<Loaded> {
  const sums = { engine: 0, fts: 0 };
  let longestStepMs = 0;
  for (let from = 0; from < DOCUMENTS; from += BATCH) {
    sums.engine += (await timed(() => call("engine", "load", from, BATCH))).ms;
    sums.fts += (await timed(() => call("fts", "load", from, BATCH))).ms;
    for (let more = true; more;) {
      const step = await timed(() => call<{ more: boolean }>("engine", "mergeStep"));
      sums.engine += step.ms;
      longestStepMs = Math.max(longestStepMs, step.ms);
      ({ more } = step.value);
    }
    if (from % 10_000 === 0) console.error(`${from} documents`);
  }
  const engine = await call<Stored>("engine", "measured");
  const fts = await call<Stored>("fts", "measured");
  return {
    documents: DOCUMENTS,
    segments: await call<number[]>("engine", "segments"),
    documentsPerSecond: { engine: (DOCUMENTS / sums.engine) * 1000, fts: (DOCUMENTS / sums.fts) * 1000 },
    bytes: { engine: engine.bytes, fts: fts.bytes, share: engine.bytes / fts.bytes },
    rowsWrittenPerDocument: { engine: engine.rowsWritten / DOCUMENTS, fts: fts.rowsWritten / DOCUMENTS },
    longestStepMs,
  };
}

/** The word whose share of the documents is nearest: the later a word comes, the rarer it is. */
async function wordIn(share: number): Promise<string> {
  let [low, high] = [0, 59_999];
  const wanted = share * DOCUMENTS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await call<number>("engine", "frequency", middle)) > wanted) low = middle + 1;
    else high = middle;
  }
  return wordOf(low);
}

async function chooseQueries(): Promise<Query[]> {
  const w98 = await wordIn(0.98);
  const w37 = await wordIn(0.37);
  const w3 = await wordIn(0.03);
  const middling = [await wordIn(0.1), await wordIn(0.05), w3, await wordIn(0.02)];
  return [
    { name: "one term in 98 % of documents", q: w98, aim: 50 },
    { name: "one term in 37 %", q: w37, aim: 20 },
    { name: "one term in 3 %", q: w3, aim: 8 },
    { name: "one term in 0.2 %", q: await wordIn(0.002), aim: 1 },
    { name: "one of the rarest terms", q: await wordIn(3 / DOCUMENTS), aim: 1 },
    { name: "three very common terms", q: [0, 1, 2].map(wordOf).join(" "), aim: 50 },
    { name: "four middling terms", q: middling.join(" "), aim: 8 },
    { name: "two terms, both required", q: `+${w37} +${w3}`, aim: 1 },
    { name: "a phrase of common words", q: `"${wordOf(0)} ${wordOf(1)}"`, aim: 1 },
    { name: "a prefix", q: `${w3.slice(0, 4)}*`, aim: 1 },
  ];
}

/** Milliseconds a run. */
async function measure(side: Side, method: string, q: string, times: number): Promise<number> {
  const empty = await timed(() => call(side, "query", "", 0));
  const { ms } = await timed(() => call(side, method, q, times));
  return Math.max(0.000_1, (ms - empty.ms) / times);
}

async function compare(query: Query): Promise<Compared> {
  const { q } = query;
  const times = { engine: 1, fts: 1 };
  for (const side of SIDES) {
    await call(side, "query", q, 3);
    const once = await measure(side, "query", q, 5);
    times[side] = Math.max(3, Math.min(2000, Math.ceil(CALL_MS / once)));
  }
  const searches: Record<Side, number>[] = [];
  const fetches: Record<Side, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    searches.push(await both((side) => measure(side, "query", q, times[side])));
    fetches.push(await both((side) => measure(side, "queryAndFetch", q, times[side])));
  }
  return {
    ...query,
    totals: await both(async (side) => (await call<{ total: number }>(side, "query", q, 1)).total),
    searchMs: medians(searches),
    ratio: median(searches.map(({ fts, engine }) => fts / engine)),
    fetchMs: medians(fetches),
    fetchRatio: median(fetches.map(({ fts, engine }) => fts / engine)),
  };
}

async function both(run: (side: Side) => Promise<number>): Promise<Record<Side, number>> {
  return { engine: await run("engine"), fts: await run("fts") };
}

function medians(rounds: readonly Record<Side, number>[]): Record<Side, number> {
  return { engine: median(rounds.map(({ engine }) => engine)), fts: median(rounds.map(({ fts }) => fts)) };
}

async function wakeMs(q: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push((await timed(() => call("engine", "wake", q))).ms);
  return median(times);
}

function report(loaded: Loaded, compared: readonly Compared[], wake: number): string {
  const { documentsPerSecond, bytes, rowsWrittenPerDocument } = loaded;
  return [
    "| query | FTS5, ms | engine, ms | times faster | aim | with documents, FTS5 | engine | times faster |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...compared.map(({ name, searchMs, ratio, aim, fetchMs, fetchRatio }) => {
      const search = `${searchMs.fts.toFixed(3)} | ${searchMs.engine.toFixed(3)} | ${ratio.toFixed(1)} | ${aim}`;
      return `| ${name} | ${search} | ${fetchMs.fts.toFixed(3)} | ${fetchMs.engine.toFixed(3)} | ${fetchRatio.toFixed(1)} |`;
    }),
    "",
    "| | FTS5 | engine |",
    "| --- | --- | --- |",
    `| documents indexed a second | ${documentsPerSecond.fts.toFixed(0)} | ${documentsPerSecond.engine.toFixed(0)} |`,
    `| bytes stored | ${bytes.fts} | ${bytes.engine} (${(100 * bytes.share).toFixed(0)} %) |`,
    `| rows written a document | ${rowsWrittenPerDocument.fts.toFixed(3)} | ${rowsWrittenPerDocument.engine.toFixed(4)} |`,
    "",
    `${loaded.documents} documents in segments of ${loaded.segments.join(", ")}. First search after waking: ${wake.toFixed(0)} ms.`,
    `Longest step of a merge: ${loaded.longestStepMs.toFixed(0)} ms.`,
    "",
  ].join("\n");
}

try {
  const loaded = await load();
  const compared: Compared[] = [];
  const queries = await chooseQueries();
  const wake = await wakeMs(queries[6]?.q ?? "");
  for (const query of queries) {
    const row = await compare(query);
    if (row.totals.engine !== row.totals.fts)
      console.error(`not the same documents: ${row.name}`, row.totals);
    compared.push(row);
  }
  const text = report(loaded, compared, wake);
  console.log(text);
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, "leaf.json"),
    `${JSON.stringify({ loaded, wakeMs: wake, compared }, null, 2)}\n`,
  );
  writeFileSync(join(results, "leaf.md"), text);
} finally {
  await miniflare.dispose();
  rmSync(state, { recursive: true, force: true });
}
