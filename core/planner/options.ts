/** What each number of leaves and replicas would be like: how fast, how reliable, at what price. Pure. */
import { searchesCost } from "../prices.ts";
import { ATTEMPTS_MAX } from "../scatter/limits.ts";
import { hedgingOf, pointsOf, slowestHedged, type Hedging } from "./hedging.ts";
import { quantileOf, shifted, type LatencyModel } from "./latency-model.ts";

/** What the planner goes by. */
export interface Basis {
  /** How long a leaf's calls take, the way there and back included. */
  latency: LatencyModel;
  /** The share of the calls to a leaf that fail. */
  leafFailure: number;
  /**
   * `replicas`: a replica that fails goes on failing, so that another is needed. `calls`: each call fails by itself, so that the same
   * replica may answer when it is asked again.
   */
  failures: "replicas" | "calls";
  /** What each leaf costs whoever asks: all of them one after another. */
  overheadMs: number;
  /** What of the latency goes with the documents that a leaf holds; absent: nothing. */
  work?: Work;
}

export interface Work {
  /** Of the collection. */
  documents: number;
  /** How many a leaf held whose latency this is. */
  documentsALeaf: number;
  /** What a search takes for a document. */
  msADocument: number;
}

export interface Shape {
  leaves: number;
  replicas: number;
  hedging: boolean;
}

export interface Option extends Shape {
  documentsALeaf?: number;
  /** The whole search: its slowest leaf, and the overhead of all. */
  latencyMs: { p50: number; p95: number; p99: number };
  /** Shares of the answers. */
  over: {
    ms: number;
    /** At least one leaf takes longer than `ms` by itself. */
    anyLeaf: number;
    /** The answer takes longer than `ms`, overhead included. */
    answer: number;
  };
  /** The share of searches that lack a leaf, and of those that don't. */
  failing: number;
  availability: number;
  /** Calls to leaves for each that is needed, hedges and retries among them. */
  calls: number;
  usdAMillion: number;
}

/** The options of all shapes. `overMs`: what the answers are to be counted over. */
export function optionsOf(basis: Basis, shapes: readonly Shape[], overMs: number): Option[] {
  const points = shapes.some(({ hedging }) => hedging) ? pointsOf(basis.latency) : undefined;
  const leaves = new Map<number, Leaf>();
  return shapes.map((shape) => {
    const known = leaves.get(shape.leaves) ?? leafOf(basis, shape.leaves, points);
    leaves.set(shape.leaves, known);
    return optionOf(basis, shape, known, overMs);
  });
}

interface Leaf {
  latency: LatencyModel;
  hedging: Hedging;
}

const NOBODY_HEDGES: Hedging = { moments: [], atOnce: 1, hedges: 0 };

/** A leaf when there are so many: what its documents take shrinks with their number, the rest of its latency does not. */
function leafOf({ latency, work }: Basis, leaves: number, points: Float64Array | undefined): Leaf {
  const workMs = work === undefined ? 0 : work.msADocument * (work.documents / leaves);
  const lessMs = work === undefined ? 0 : work.msADocument * work.documentsALeaf - workMs;
  return {
    latency: work === undefined ? latency : shifted(latency, -lessMs, workMs),
    hedging:
      points === undefined
        ? NOBODY_HEDGES
        : hedgingOf(
            points.map((ms) => Math.max(workMs, ms - lessMs)),
            leaves,
          ),
  };
}

function optionOf(
  { leafFailure, failures, overheadMs, work }: Basis,
  shape: Shape,
  { latency, hedging }: Leaf,
  overMs: number,
): Option {
  const { leaves, replicas } = shape;
  const anyLonger = shape.hedging
    ? slowestHedged(latency, hedging, shape)
    : (ms: number): number => anyOf(leaves, latency.longerThan(ms));
  const answerLonger = (ms: number): number => anyLonger(ms - overheadMs * leaves);
  const tries = replicas === 1 ? 1 : failures === "replicas" ? replicas : ATTEMPTS_MAX;
  const failing = anyOf(leaves, leafFailure ** tries);
  const hedges = shape.hedging ? hedging.hedges : 0;
  // A failed call is repeated; of a call and its hedge one is told to stop, which is a call, too.
  const retries = retriesOf(leafFailure, tries);
  const callsALeaf = 1 + retries + hedges;
  return {
    ...shape,
    ...(work === undefined ? {} : { documentsALeaf: Math.ceil(work.documents / leaves) }),
    latencyMs: {
      p50: quantileOf(answerLonger, 0.5),
      p95: quantileOf(answerLonger, 0.95),
      p99: quantileOf(answerLonger, 0.99),
    },
    over: { ms: overMs, anyLeaf: anyLonger(overMs), answer: answerLonger(overMs) },
    failing,
    availability: 1 - failing,
    calls: callsALeaf,
    usdAMillion: searchesCost(1e6, {
      doRequests: leaves * (callsALeaf + hedges),
      doMs: leaves * callsALeaf * latency.meanMs,
    }),
  };
}

/** The chance that at least one of so many does what each does with this chance, exactly also where it is small. */
function anyOf(leaves: number, chance: number): number {
  return -Math.expm1(leaves * Math.log1p(-Math.min(1, chance)));
}

/** What a call that fails brings in further ones, on average: f + f² + … up to the last try. */
function retriesOf(failure: number, tries: number): number {
  let retries = 0;
  for (let repeated = 1; repeated < tries; repeated++) retries += failure ** repeated;
  return retries;
}
