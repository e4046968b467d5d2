/** A plan from its request: by given figures, or by those that a collection's searches have left. */
import type { Collection } from "../../core/collection.ts";
import { choose, type Target } from "../../core/planner/choose.ts";
import { logNormal, quantileOf, type LatencyModel } from "../../core/planner/latency-model.ts";
import { optionsOf, type Basis, type Option, type Shape } from "../../core/planner/options.ts";
import { Problem } from "../problem.ts";
import type { Measured } from "./measurements.ts";
import type { PlannerAnswer, PlannerRequest } from "./request.ts";

/** Numbers of leaves that are looked at: each a quarter to a half more than the one before, up to one wave's. */
const LEAVES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 100, 128, 186];
const REPLICAS = [1, 2, 3];

/** What an engine takes for a document, of a query of common words (`npm run bench:leaf`: 1 to 1.3 ms for 100,000). */
const WORK_MS_A_DOCUMENT = 1e-5;

/** Fewer calls say nothing of the 99th percentile. */
export const MEASURED_CALLS_MIN = 200;

const LATE_SHARE_DEFAULT = 0.01;

/** Plans by the figures of a request. */
export function planByFigures(request: PlannerRequest): PlannerAnswer {
  const { leafLatencyMs, leafFailure, overheadMs, documents, documentsALeaf, workMs } = request;
  const missing = Object.entries({ leafLatencyMs, leafFailure, overheadMs }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  if (leafLatencyMs === undefined || leafFailure === undefined || overheadMs === undefined) {
    throw invalid(missing, `is needed, or a "collection" by whose measured figures to plan`);
  }
  if (documents === undefined && (documentsALeaf ?? workMs) !== undefined) {
    throw invalid(["documents"], "is needed where there is documentsALeaf or workMs");
  }
  const { p50, p99, floor } = leafLatencyMs;
  const model = logNormal({ p50, p99, ...(floor === undefined ? {} : { floor }) });
  if (workMs !== undefined && workMs >= p50)
    throw invalid(["workMs"], "must be below the median, which it is part of");
  const own = documentsALeaf ?? documents;
  return planned(
    request,
    {
      latency: model,
      leafFailure,
      failures: request.failures ?? "replicas",
      overheadMs,
      ...(documents !== undefined && own !== undefined
        ? { work: workOf(documents, own, model, workMs) }
        : {}),
    },
    {},
    LEAVES,
  );
}

/** Plans by what the searches of a collection have left in this isolate. */
export function planByMeasurements(
  request: PlannerRequest,
  collection: Pick<Collection, "name" | "shards" | "replicas">,
  measured: Measured | undefined,
): PlannerAnswer {
  const { leafLatencyMs, leafFailure, overheadMs, documents, documentsALeaf } = request;
  const given = Object.entries({ leafLatencyMs, leafFailure, overheadMs, documents, documentsALeaf }).flatMap(
    ([name, value]) => (value === undefined ? [] : [name]),
  );
  if (given.length > 0)
    throw invalid(given, `is measured where a "collection" is named: leave it out, or the collection`);
  const calls = measured?.latencies.count ?? 0;
  if (measured === undefined || calls < MEASURED_CALLS_MIN) {
    throw new Problem(
      "conflict",
      `Of "${collection.name}" ${Math.floor(calls)} calls to leaves are known here, and ${MEASURED_CALLS_MIN} are needed: search it ${Math.ceil((MEASURED_CALLS_MIN - calls) / collection.shards)} times more, or give leafLatencyMs, leafFailure and overheadMs.`,
    );
  }
  const model = measured.latencies.model();
  const held = [...measured.documents.values()].reduce((sum, count) => sum + count, 0);
  return planned(
    request,
    {
      latency: model,
      leafFailure: measured.calls === 0 ? 0 : measured.failures / measured.calls,
      failures: request.failures ?? "replicas",
      overheadMs: measured.overheadMs,
      ...(held > 0
        ? { work: workOf(held, held / Math.max(1, measured.documents.size), model, request.workMs) }
        : {}),
    },
    {
      collection: collection.name,
      calls: Math.floor(calls),
      leaves: collection.shards,
      replicas: collection.replicas,
    },
    [...new Set([...LEAVES, collection.shards])].toSorted((a, b) => a - b),
  );
}

function planned(
  request: PlannerRequest,
  basis: Basis,
  more: Record<string, string | number>,
  leaves: readonly number[],
): PlannerAnswer {
  const { longerThan } = basis.latency;
  const p99 = quantileOf(longerThan, 0.99);
  const target = targetOf(request);
  const shapes = shapesOf(request.leaves ?? leaves, request.replicas ?? REPLICAS);
  const options = optionsOf(basis, shapes, target?.overMs ?? p99);
  return {
    basis: {
      leafLatencyMs: { p50: short(quantileOf(longerThan, 0.5)), p99: short(p99) },
      leafFailure: short(basis.leafFailure),
      overheadMs: short(basis.overheadMs),
      failures: basis.failures,
      ...(basis.work === undefined
        ? {}
        : {
            documents: basis.work.documents,
            documentsALeaf: Math.round(basis.work.documentsALeaf),
            workMs: short(basis.work.msADocument * basis.work.documentsALeaf),
          }),
      ...more,
    },
    options: options.map(shown),
    choice: choose(options, target),
  };
}

/** With one replica nobody can hedge. */
function shapesOf(leaves: readonly number[], replicas: readonly number[]): Shape[] {
  return leaves.flatMap((count) =>
    replicas.flatMap((copies): Shape[] => {
      const bare = { leaves: count, replicas: copies, hedging: false };
      return copies === 1 ? [bare] : [bare, { ...bare, hedging: true }];
    }),
  );
}

function targetOf({ target }: PlannerRequest): Target | undefined {
  if (target === undefined) return undefined;
  const { overMs, share = LATE_SHARE_DEFAULT, availability, usdAMillion } = target;
  return {
    share,
    ...(overMs === undefined ? {} : { overMs }),
    ...(availability === undefined ? {} : { availability }),
    ...(usdAMillion === undefined ? {} : { usdAMillion }),
  };
}

/** The documents' part of a latency, which is never more than its fastest calls take. */
function workOf(
  documents: number,
  documentsALeaf: number,
  { longerThan }: LatencyModel,
  workMs = documentsALeaf * WORK_MS_A_DOCUMENT,
): NonNullable<Basis["work"]> {
  const mostMs = quantileOf(longerThan, 0.5);
  return { documents, documentsALeaf, msADocument: Math.min(workMs, mostMs) / documentsALeaf };
}

function shown(option: Option): PlannerAnswer["options"][number] {
  const { latencyMs, over } = option;
  return {
    ...option,
    latencyMs: { p50: short(latencyMs.p50), p95: short(latencyMs.p95), p99: short(latencyMs.p99) },
    over: { ms: short(over.ms), anyLeaf: short(over.anyLeaf), answer: short(over.answer) },
    failing: short(option.failing),
    availability: Number((1 - short(option.failing)).toPrecision(12)),
    calls: short(option.calls),
    usdAMillion: short(option.usdAMillion),
  };
}

/** Five digits: the figures are no better. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}

function invalid(paths: readonly string[], message: string): Problem {
  return new Problem(
    "invalid-request",
    paths.map((path) => `${path}: ${message}`).join("; "),
    paths.map((path) => ({ path, message })),
  );
}
