import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BUILT_IN_RULES } from "../../../core/alerts/built-in-rules.ts";
import { isMetricName } from "../../../core/metrics/definitions.ts";

const read = (name: string): string => readFileSync(`docs/${name}`, "utf8");

/** The metrics that a text names; histograms by the names of their series, too. */
function metricsIn(text: string): string[] {
  const names = [...text.matchAll(/\bumbel_[a-z_]+\b/g)].map(([name]) => name);
  return [
    ...new Set(names.map((name) => (isMetricName(name) ? name : name.replace(/_(bucket|sum|count)$/, "")))),
  ];
}

it.each(["operations.md", "grafana-dashboard.json"])("%s names only metrics that there are", (name) => {
  const names = metricsIn(read(name));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((metric) => !isMetricName(metric))).toEqual([]);
});

it("operations.md says of every built-in rule what it means and what to do", () => {
  const rows = read("operations.md").split("\n");
  for (const rule of Object.keys(BUILT_IN_RULES))
    expect(rows.some((row) => row.startsWith(`| \`${rule}\` `))).toBe(true);
});
