/** What a rule says at a moment: for each of its groups whether it is so, and what was measured. Pure. */
import type {
  AlertRule,
  BurnRateRule,
  OutlierRule,
  SilenceRule,
  ThresholdRule,
} from "../contracts/alerts.ts";
import { groupKey } from "./groups.ts";
import { measureGroups, type Measured, type Sight } from "./measure.ts";

/** One group of a rule's series. */
export interface Finding {
  labels: Record<string, string>;
  /** Whether the rule's condition holds. */
  holds: boolean;
  value: number;
}

/**
 * Page at 2 % of a month's budget in an hour, and at 5 % in six (The Site Reliability Workbook, table 5-8), each also over a
 * twelfth of the time, so that an alert ends soon after its cause.
 */
export const BURN_RATE_WINDOWS = [
  { longSeconds: 3_600, shortSeconds: 300, factor: 14.4 },
  { longSeconds: 21_600, shortSeconds: 1_800, factor: 6 },
];

const TOTAL_MIN = 20;
const VALUES_MIN = 20;
const EXPECTED_MIN = 5;

/** By group; a group that nothing is known of is not there. */
export function evaluateRule(rule: AlertRule, sight: Sight): Map<string, Finding> {
  switch (rule.kind) {
    case "threshold":
      return threshold(rule, sight);
    case "burn-rate":
      return burnRate(rule, sight);
    case "silence":
      return silence(rule, sight);
    case "outlier":
      return outlier(rule, sight);
  }
}

function threshold(rule: ThresholdRule, sight: Sight): Map<string, Finding> {
  const { by = [], measure, overSeconds, above = Infinity, below = -Infinity, valuesMin = 1 } = rule;
  const groups = measureGroups(sight, rule, by, measure, overSeconds);
  // Without labels there is one group, which has a value also when nothing was counted: none.
  if (by.length === 0 && groups.size === 0 && (measure === "increase" || measure === "rate"))
    groups.set(groupKey({}), { labels: {}, value: 0, values: valuesMin });
  return mapValues(groups, ({ labels, value, values }) => ({
    labels,
    value,
    holds: values >= valuesMin && (value > above || value < below),
  }));
}

function burnRate(rule: BurnRateRule, sight: Sight): Map<string, Finding> {
  const { by = [], windows = BURN_RATE_WINDOWS, objective, totalMin = TOTAL_MIN } = rule;
  const allowed = 1 - objective;
  const findings = new Map<string, Finding>();
  for (const { longSeconds, shortSeconds, factor } of windows) {
    const long = shareBad(rule, sight, by, longSeconds);
    const short = shareBad(rule, sight, by, shortSeconds);
    for (const [key, { labels, value, values }] of long) {
      const recent = short.get(key)?.value ?? 0;
      const holds = values >= totalMin && value > factor * allowed && recent > factor * allowed;
      const before = findings.get(key);
      if (before?.holds !== true) findings.set(key, { labels, value, holds });
    }
  }
  return findings;
}

/** By group: the share that is bad, of so many in all. */
function shareBad(
  { bad, total }: BurnRateRule,
  sight: Sight,
  by: readonly string[],
  seconds: number,
): Map<string, Measured> {
  const bads = measureGroups(sight, bad, by, "increase", seconds);
  return mapValues(measureGroups(sight, total, by, "increase", seconds), (all, key) => ({
    labels: all.labels,
    value: all.value === 0 ? 0 : (bads.get(key)?.value ?? 0) / all.value,
    values: all.value,
  }));
}

function silence(rule: SilenceRule, sight: Sight): Map<string, Finding> {
  const { by = [], forSeconds, baselineSeconds, expectedMin = EXPECTED_MIN } = rule;
  const recent = measureGroups(sight, rule, by, "increase", forSeconds);
  const usual = measureGroups(sight, rule, by, "increase", forSeconds + baselineSeconds);
  return mapValues(usual, ({ labels, value }, key) => {
    const now = recent.get(key)?.value ?? 0;
    const expected = ((value - now) / baselineSeconds) * forSeconds;
    return { labels, value: now, holds: now === 0 && expected >= expectedMin };
  });
}

function outlier(rule: OutlierRule, sight: Sight): Map<string, Finding> {
  const { by = [], across, measure, overSeconds, factor, differenceMin = 0, valuesMin = VALUES_MIN } = rule;
  const each = measureGroups(sight, rule, [...by, across], measure, overSeconds);
  const peers = new Map<string, Measured[]>();
  for (const one of each.values()) {
    const key = groupKey(without(one.labels, across));
    peers.set(key, [...(peers.get(key) ?? []), one]);
  }
  return mapValues(each, (one) => {
    const others = (peers.get(groupKey(without(one.labels, across))) ?? []).filter((peer) => peer !== one);
    const median = medianOf(others.map(({ value }) => value));
    const holds =
      median !== undefined &&
      one.values >= valuesMin &&
      one.value > median * factor &&
      one.value - median >= differenceMin;
    return { labels: one.labels, value: one.value, holds };
  });
}

function without(labels: Record<string, string>, label: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== label));
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, made: (value: V, key: K) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, made(value, key)]));
}
