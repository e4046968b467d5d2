/**
 * When paying by the request turns bad: at how many searches and events a month a server of a given price costs the same. Pure.
 */
import { groupSeries } from "../alerts/groups.ts";
import type { MetricName } from "../metrics/definitions.ts";
import type { PricedUsage } from "./usage.ts";

export interface UnitCosts {
  /** Searches in the stretch of time, and what collections cost in it. */
  searches: number;
  events: number;
  /** At today's mix; null: there were none. Writes and all else that collections do are in the price of their searches. */
  usdPerMillionSearches: number | null;
  usdPerMillionEvents: number | null;
}

export function unitCosts(
  days: readonly Readonly<Record<string, number>>[],
  usage: readonly PricedUsage[],
): UnitCosts {
  const searches = countOf(days, "umbel_searches_total", {});
  const events = countOf(days, "umbel_events_total", { state: "accepted" });
  const usd = (...kinds: string[]) =>
    usage.filter(({ kind }) => kinds.includes(kind)).reduce((sum, entry) => sum + entry.usd, 0);
  return {
    searches,
    events,
    usdPerMillionSearches: perMillion(usd("collection"), searches),
    usdPerMillionEvents: perMillion(usd("topic", "pipeline", "function"), events),
  };
}

export interface BreakEven {
  serverUsdPerMonth: number;
  /** As many a month cost as much as the server; null: the price of one is not known yet. */
  searchesPerMonth: number | null;
  eventsPerMonth: number | null;
  /** What the stretch of time costs when it goes on for a month of thirty days. */
  usdPerMonth: number;
  /** Which is cheaper at today's volume. */
  cheaper: "umbel" | "server";
}

export function breakEven(
  { usdPerMillionSearches, usdPerMillionEvents }: UnitCosts,
  { usd, days, serverUsdPerMonth }: { usd: number; days: number; serverUsdPerMonth: number },
): BreakEven {
  const usdPerMonth = (usd / days) * 30;
  return {
    serverUsdPerMonth,
    searchesPerMonth: volume(serverUsdPerMonth, usdPerMillionSearches),
    eventsPerMonth: volume(serverUsdPerMonth, usdPerMillionEvents),
    usdPerMonth,
    cheaper: usdPerMonth <= serverUsdPerMonth ? "umbel" : "server",
  };
}

function volume(usd: number, usdPerMillion: number | null): number | null {
  return usdPerMillion === null || usdPerMillion === 0 ? null : Math.round((usd / usdPerMillion) * 1e6);
}

function perMillion(usd: number, count: number): number | null {
  return count === 0 ? null : (usd / count) * 1e6;
}

function countOf(
  days: readonly Readonly<Record<string, number>>[],
  metric: MetricName,
  where: Record<string, string>,
): number {
  let count = 0;
  for (const counters of days) {
    for (const { values } of groupSeries(counters, { metric, where }, []).values())
      count += values.reduce((sum, value) => sum + value, 0);
  }
  return count;
}
