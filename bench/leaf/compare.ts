/**
 * Loads a corpus into both sides and compares them. Times are those of calls into the process, less that of a call that
 * brings the same and does nothing; the two sides take turns, and the median of the rounds counts, so that a busy machine
 * harms both alike. Before a query counts both are asked it for as long.
 */
import type { Corpus, Query } from "./corpus.ts";
import { SIDES, type Side, type Workerd } from "./workerd.ts";

const BATCH = 1000;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 9);
/** A measured call takes at least this long, so that the way there and back does not count. */
const CALL_MS = 60;
/** The first call of a query runs it so often; a call runs it at most so often. */
const RUNS_MIN = 3;
const RUNS_MAX = 5000;

/** What one side has stored. */
interface Stored {
  bytes: number;
  rowsWritten: number;
}

export interface Loaded {
  documents: number;
  segments: number[];
  documentsPerSecond: Record<Side, number>;
  bytes: Record<Side | "share", number>;
  rowsWrittenPerDocument: Record<Side, number>;
  longestStepMs: number;
}

export interface Compared extends Query {
  totals: Record<Side, number>;
  searchMs: Record<Side, number>;
  ratio: number;
  /** With the best documents read as well. */
  fetchMs: Record<Side, number>;
  fetchRatio: number;
}

async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { ms: performance.now() - start, value };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Writes all documents to both sides, with the merges that the engine wants in between. */
export async function load({ call }: Workerd, corpus: Corpus): Promise<Loaded> {
  const sums = { engine: 0, fts: 0 };
  let longestStepMs = 0;
  const count = corpus.documents.length;
  for (let from = 0; from < count; from += BATCH) {
    const batch = corpus.documents.slice(from, from + BATCH);
    for (const side of SIDES) {
      const received = await timed(() => call(side, "receive", batch));
      sums[side] += (await timed(() => call(side, "load", batch))).ms - received.ms;
    }
    for (let more = true; more;) {
      const step = await timed(() => call<{ more: boolean }>("engine", "mergeStep"));
      sums.engine += step.ms;
      longestStepMs = Math.max(longestStepMs, step.ms);
      ({ more } = step.value);
    }
    if (from % 20_000 === 0) console.error(`${corpus.name}: ${from} documents`);
  }
  const engine = await call<Stored>("engine", "measured");
  const fts = await call<Stored>("fts", "measured");
  return {
    documents: count,
    segments: await call<number[]>("engine", "segments"),
    documentsPerSecond: { engine: (count / sums.engine) * 1000, fts: (count / sums.fts) * 1000 },
    bytes: { engine: engine.bytes, fts: fts.bytes, share: engine.bytes / fts.bytes },
    rowsWrittenPerDocument: { engine: engine.rowsWritten / count, fts: fts.rowsWritten / count },
    longestStepMs,
  };
}

export async function compare(workerd: Workerd, query: Query): Promise<Compared> {
  const { call } = workerd;
  const { q } = query;
  /** Milliseconds a run. */
  const measure = async (side: Side, method: string, times: number): Promise<number> => {
    const empty = await timed(() => call(side, "query", "", 0));
    const { ms } = await timed(() => call(side, method, q, times));
    return Math.max(0.000_1, (ms - empty.ms) / times);
  };
  const times = await both((side) => runsFor(workerd, side, q));
  const searches: Record<Side, number>[] = [];
  const fetches: Record<Side, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    searches.push(await both((side) => measure(side, "query", times[side])));
    fetches.push(await both((side) => measure(side, "queryAndFetch", times[side])));
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

/** How many runs take long enough; by then V8 has compiled what it is about to. */
async function runsFor({ call }: Workerd, side: Side, q: string): Promise<number> {
  for (let runs = RUNS_MIN; ; runs *= 2) {
    await call(side, "queryAndFetch", q, runs);
    const { ms } = await timed(() => call(side, "query", q, runs));
    if (ms >= CALL_MS || runs >= RUNS_MAX) return runs;
  }
}

async function both(run: (side: Side) => Promise<number>): Promise<Record<Side, number>> {
  return { engine: await run("engine"), fts: await run("fts") };
}

function medians(rounds: readonly Record<Side, number>[]): Record<Side, number> {
  return { engine: median(rounds.map(({ engine }) => engine)), fts: median(rounds.map(({ fts }) => fts)) };
}

/** The engine's first search after it slept, in milliseconds. */
export async function wakeMs({ call }: Workerd, q: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push((await timed(() => call("engine", "wake", q))).ms);
  return median(times);
}
