/** What was counted by hour and by day. */
import { addCounted, nothingCounted, type Counted } from "../../../core/metrics/values.ts";
import { DAYS_KEPT, HOURS_KEPT } from "./limits.ts";

const PERIODS = {
  hour: { ms: 3_600_000, kept: HOURS_KEPT },
  day: { ms: 86_400_000, kept: DAYS_KEPT },
} as const;

export type PeriodKind = keyof typeof PERIODS;

interface Stretch {
  /** Epoch ms of its beginning. */
  at: number;
  counted: Counted;
}

/** Adds stretches to the hours and days in which they began. To be called within a transaction. */
export function addToPeriods(sql: SqlStorage, stretches: readonly Stretch[]): void {
  for (const kind of ["hour", "day"] as const) {
    const { ms, kept } = PERIODS[kind];
    const sums = byPeriod(stretches, ms);
    for (const [start, sum] of sums) {
      const [row] = sql.exec<{ body: string }>(
        "SELECT body FROM metric_periods WHERE kind = ? AND start = ?",
        kind,
        start,
      );
      if (row !== undefined) addCounted(sum, JSON.parse(row.body) as Counted); // written below
      sql.exec(
        "INSERT OR REPLACE INTO metric_periods (kind, start, body) VALUES (?, ?, ?)",
        kind,
        start,
        JSON.stringify(sum),
      );
    }
    const last = Math.max(...sums.keys());
    if (sums.size > 0)
      sql.exec("DELETE FROM metric_periods WHERE kind = ? AND start <= ?", kind, last - kept * ms);
  }
}

/** All periods of a kind, ascending, with stretches that are not in the rows yet. */
export function readPeriods(
  sql: SqlStorage,
  kind: PeriodKind,
  open: readonly Stretch[] = [],
): { start: number; counted: Counted }[] {
  const sums = byPeriod(open, PERIODS[kind].ms);
  const rows = sql.exec<{ start: number; body: string }>(
    "SELECT start, body FROM metric_periods WHERE kind = ?",
    kind,
  );
  for (const { start, body } of rows) {
    const counted = JSON.parse(body) as Counted; // written above
    const sum = sums.get(start);
    if (sum === undefined) sums.set(start, counted);
    else addCounted(sum, counted);
  }
  return [...sums].map(([start, counted]) => ({ start, counted })).toSorted((a, b) => a.start - b.start);
}

function byPeriod(stretches: readonly Stretch[], ms: number): Map<number, Counted> {
  const sums = new Map<number, Counted>();
  for (const { at, counted } of stretches) {
    const start = Math.floor(at / ms) * ms;
    const sum = sums.get(start) ?? nothingCounted();
    addCounted(sum, counted);
    sums.set(start, sum);
  }
  return sums;
}
