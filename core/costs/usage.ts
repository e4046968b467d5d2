/** What was used and what that costs, by collection, topic, pipeline and function, from what was counted. Pure. */
import { groupSeries } from "../alerts/groups.ts";
import type { MetricName } from "../metrics/definitions.ts";
import { DURABLE_OBJECT_GB, PRICES } from "../prices.ts";

/** What things are billed for. */
export const USAGE_KINDS = ["collection", "topic", "pipeline", "function", "platform"] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** As it is billed, in units of one. */
export interface Usage {
  workerRequests: number;
  doRequests: number;
  /** An estimate: the time in which objects served requests, at 128 MB, without what they stay awake after these. */
  doGbSeconds: number;
  rowsRead: number;
  rowsWritten: number;
  queueOperations: number;
  /** Versions of functions that ran, a day each. The first thousand a month are free, which is not taken off here. */
  dynamicWorkerDays: number;
}

export interface PricedUsage {
  kind: UsageKind;
  name: string;
  used: Usage;
  usd: number;
}

/** By metric: which figure it is, and times what. */
const FIGURES: readonly [MetricName, keyof Usage, number][] = [
  ["umbel_worker_requests_total", "workerRequests", 1],
  ["umbel_durable_object_requests_total", "doRequests", 1],
  ["umbel_durable_object_seconds_total", "doGbSeconds", DURABLE_OBJECT_GB],
  ["umbel_rows_read_total", "rowsRead", 1],
  ["umbel_rows_written_total", "rowsWritten", 1],
  ["umbel_queue_operations_total", "queueOperations", 1],
];

/** `days`: counters of a day each. Sorted by price, the highest first. */
export function usageOf(days: readonly Readonly<Record<string, number>>[]): PricedUsage[] {
  const all = new Map<string, PricedUsage>();
  const of = (kind: UsageKind, name: string): Usage => {
    const key = `${kind} ${name}`;
    const entry = all.get(key) ?? { kind, name, used: noUsage(), usd: 0 };
    all.set(key, entry);
    return entry.used;
  };
  for (const counters of days) {
    for (const [metric, figure, factor] of FIGURES) {
      for (const { labels, values } of groupSeries(counters, { metric }, ["kind", "name"]).values()) {
        const { kind = "", name = "" } = labels;
        if (isUsageKind(kind))
          of(kind, name)[figure] += values.reduce((sum, value) => sum + value, 0) * factor;
      }
    }
    // A version that runs at all on a day costs that day.
    for (const { labels } of groupSeries(counters, { metric: "umbel_function_calls_total" }, [
      "function",
      "version",
    ]).values())
      of("function", labels["function"] ?? "").dynamicWorkerDays += 1;
  }
  for (const entry of all.values()) entry.usd = priceOf(entry.used);
  return [...all.values()].toSorted((a, b) => b.usd - a.usd || (a.name < b.name ? -1 : 1));
}

/** In US dollars. */
export function priceOf(used: Usage): number {
  return (
    used.workerRequests * PRICES.workerRequest +
    used.doRequests * PRICES.durableObjectRequest +
    used.doGbSeconds * PRICES.durableObjectGbSecond +
    used.rowsRead * PRICES.rowRead +
    used.rowsWritten * PRICES.rowWritten +
    used.queueOperations * PRICES.queueOperation +
    used.dynamicWorkerDays * PRICES.dynamicWorkerDay
  );
}

export function addUsage(sum: Usage, more: Usage): Usage {
  const added = noUsage();
  // The keys of a usage are its figures.
  for (const figure of Object.keys(added) as (keyof Usage)[]) added[figure] = sum[figure] + more[figure];
  return added;
}

export function noUsage(): Usage {
  return {
    workerRequests: 0,
    doRequests: 0,
    doGbSeconds: 0,
    rowsRead: 0,
    rowsWritten: 0,
    queueOperations: 0,
    dynamicWorkerDays: 0,
  };
}

function isUsageKind(kind: string): kind is UsageKind {
  return USAGE_KINDS.some((each) => each === kind);
}
