import { describe, expect, it } from "vitest";
import { evaluateRule } from "../../../../core/alerts/evaluate.ts";
import type { Sight } from "../../../../core/alerts/measure.ts";
import type { AlertRule } from "../../../../core/contracts/alerts.ts";
import { nothingCounted, type Counted } from "../../../../core/metrics/values.ts";

/** What was counted in the last so many seconds, by window. */
function sight(windows: Record<number, Partial<Counted>>, gauges: Record<string, number> = {}): Sight {
  return { during: (seconds) => ({ ...nothingCounted(), ...windows[seconds] }), gauges };
}

function findings(rule: AlertRule, seen: Sight) {
  return [...evaluateRule(rule, seen).values()];
}

const dead = (pipeline: string) => `umbel_dead_letters_total{pipeline="${pipeline}"}`;

describe("a threshold", () => {
  const rule: AlertRule = {
    kind: "threshold",
    metric: "umbel_dead_letters_total",
    by: ["pipeline"],
    measure: "increase",
    overSeconds: 300,
    above: 2,
  };

  it("holds for each group by itself", () => {
    const seen = sight({ 300: { counters: { [dead("a")]: 3, [dead("b")]: 2, umbel_searches_total: 9 } } });
    expect(findings(rule, seen)).toEqual([
      { labels: { pipeline: "a" }, value: 3, holds: true },
      { labels: { pipeline: "b" }, value: 2, holds: false },
    ]);
  });

  it("adds up what it does not tell apart, and holds below a limit, also for nothing", () => {
    const { by: _by, above: _above, ...common } = rule;
    const below: AlertRule = { ...common, below: 4 };
    expect(findings(below, sight({ 300: { counters: { [dead("a")]: 3, [dead("b")]: 2 } } }))).toEqual([
      { labels: {}, value: 5, holds: false },
    ]);
    expect(findings(below, sight({}))).toEqual([{ labels: {}, value: 0, holds: true }]);
  });

  it("looks only at series whose labels have the wanted values", () => {
    const seen = sight({ 300: { counters: { [dead("a")]: 3, [dead("b")]: 9 } } });
    expect(findings({ ...rule, where: { pipeline: "b" } }, seen)).toEqual([
      { labels: { pipeline: "b" }, value: 9, holds: true },
    ]);
  });

  it("over a gauge takes the worst", () => {
    const gauge: AlertRule = {
      kind: "threshold",
      metric: "umbel_leaf_segments",
      by: ["collection"],
      measure: "value",
      overSeconds: 60,
      above: 10,
    };
    const gauges = {
      'umbel_leaf_segments{collection="c",shard="0",replica="0"}': 3,
      'umbel_leaf_segments{collection="c",shard="1",replica="0"}': 12,
    };
    expect(findings(gauge, sight({}, gauges))).toEqual([
      { labels: { collection: "c" }, value: 12, holds: true },
    ]);
  });
});

describe("a burn rate", () => {
  const rule: AlertRule = {
    kind: "burn-rate",
    bad: { metric: "umbel_searches_total", where: { outcome: "failed" } },
    total: { metric: "umbel_searches_total" },
    by: ["collection"],
    objective: 0.99,
    windows: [{ longSeconds: 3_600, shortSeconds: 300, factor: 10 }],
  };
  const searches = (complete: number, failed: number): Partial<Counted> => ({
    counters: {
      'umbel_searches_total{collection="c",outcome="complete"}': complete,
      'umbel_searches_total{collection="c",outcome="failed"}': failed,
    },
  });

  it("holds when both windows burn", () => {
    expect(findings(rule, sight({ 3600: searches(80, 20), 300: searches(8, 2) }))).toMatchObject([
      { value: 0.2, holds: true },
    ]);
  });

  it("ends when the short window is well again, and does not begin for a moment's trouble", () => {
    expect(findings(rule, sight({ 3600: searches(80, 20), 300: searches(10, 0) }))).toMatchObject([
      { holds: false },
    ]);
    expect(findings(rule, sight({ 3600: searches(995, 5), 300: searches(5, 5) }))).toMatchObject([
      { holds: false },
    ]);
  });

  it("says nothing of few", () => {
    expect(findings(rule, sight({ 3600: searches(1, 2), 300: searches(1, 2) }))).toMatchObject([
      { holds: false },
    ]);
  });
});

describe("a silence", () => {
  const rule: AlertRule = {
    kind: "silence",
    metric: "umbel_events_total",
    where: { state: "accepted" },
    by: ["topic"],
    forSeconds: 600,
    baselineSeconds: 3_000,
  };
  const accepted = (topic: string) => `umbel_events_total{topic="${topic}",pipeline="",state="accepted"}`;

  it("holds where there usually is something, and for no topic that is usually silent", () => {
    const usual = { counters: { [accepted("busy")]: 100, [accepted("quiet")]: 3 } };
    expect(findings(rule, sight({ 3600: usual, 600: {} }))).toEqual([
      { labels: { topic: "busy" }, value: 0, holds: true },
      { labels: { topic: "quiet" }, value: 0, holds: false },
    ]);
  });

  it("ends with the first that comes", () => {
    const usual = { counters: { [accepted("busy")]: 100 } };
    const now = { counters: { [accepted("busy")]: 1 } };
    expect(findings(rule, sight({ 3600: usual, 600: now }))).toMatchObject([{ holds: false }]);
  });
});

describe("an outlier", () => {
  const rule: AlertRule = {
    kind: "outlier",
    metric: "umbel_search_duration_seconds",
    across: "collection",
    measure: "p50",
    overSeconds: 300,
    factor: 4,
    valuesMin: 10,
    differenceMin: 0.01,
  };
  const slots = (bucket: number, values: number): number[] =>
    Array.from({ length: 16 }, (_, n) => (n === bucket ? values : 0));
  const series = (collection: string) => `umbel_search_duration_seconds{collection="${collection}"}`;

  it("is the one that is slower than the median of the others", () => {
    const histograms = {
      [series("a")]: slots(2, 100),
      [series("b")]: slots(2, 100),
      [series("c")]: slots(6, 100),
    };
    expect(
      findings(rule, sight({ 300: { histograms } })).map(({ labels, holds }) => [
        labels["collection"],
        holds,
      ]),
    ).toEqual([
      ["a", false],
      ["b", false],
      ["c", true],
    ]);
  });

  it("is none that has few values, is alone, or differs by little", () => {
    const few = { [series("a")]: slots(2, 100), [series("c")]: slots(6, 5) };
    const alone = { [series("c")]: slots(6, 100) };
    const little = { [series("a")]: slots(0, 100), [series("c")]: slots(2, 100) };
    for (const histograms of [few, alone, little])
      expect(findings(rule, sight({ 300: { histograms } })).some(({ holds }) => holds)).toBe(false);
  });
});
