import { describe, expect, it } from "vitest";
import { definitionOf, METRICS, type MetricName } from "../../../../core/metrics/definitions.ts";
import { expositionText } from "../../../../core/metrics/exposition.ts";
import { parseSeries, seriesKey } from "../../../../core/metrics/series.ts";

const none = { counters: {}, gauges: {}, histograms: {} };

describe("Prometheus's text", () => {
  it("has help and type once a metric, and its series in their order", () => {
    const counters = {
      'umbel_searches_total{collection="b",outcome="complete"}': 2,
      'umbel_searches_total{collection="a",outcome="complete"}': 1,
    };
    expect(expositionText({ ...none, counters })).toBe(
      [
        "# HELP umbel_searches_total Searches, by how they ended: complete, partial, failed or refused.",
        "# TYPE umbel_searches_total counter",
        'umbel_searches_total{collection="a",outcome="complete"} 1',
        'umbel_searches_total{collection="b",outcome="complete"} 2',
        "",
      ].join("\n"),
    );
  });

  it("adds a histogram's buckets up, and ends them with all", () => {
    const histograms = { 'umbel_search_coverage_ratio{collection="c"}': [2, 0, 0, 0, 0, 0, 1, 1, 3.4] };
    const lines = expositionText({ ...none, histograms })
      .split("\n")
      .slice(2);
    expect(lines).toEqual([
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.5"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.75"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.9"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.95"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.99"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="0.999"} 2',
      'umbel_search_coverage_ratio_bucket{collection="c",le="1"} 3',
      'umbel_search_coverage_ratio_bucket{collection="c",le="+Inf"} 4',
      'umbel_search_coverage_ratio_sum{collection="c"} 3.4',
      'umbel_search_coverage_ratio_count{collection="c"} 4',
      "",
    ]);
  });

  it("leaves out series of metrics that this version does not know", () => {
    expect(expositionText({ ...none, counters: { umbel_of_yesterday_total: 1 } })).toBe("");
  });
});

describe("a series", () => {
  it("is read as it was written, whatever its labels hold", () => {
    const labels = { collection: 'a"b\\c\nd,e="f"}', outcome: "\\n" };
    expect(parseSeries(seriesKey("umbel_searches_total", labels))).toEqual({
      name: "umbel_searches_total",
      labels,
    });
  });

  it("is one line", () => {
    expect(seriesKey("umbel_searches_total", { collection: "a\nb", outcome: "x" })).not.toContain("\n");
  });
});

describe("the names of metrics", () => {
  // prometheus.io/docs/practices/naming; what `promtool check metrics` warns of.
  it.each(Object.keys(METRICS) as MetricName[])("%s follows Prometheus's conventions", (name) => {
    const { type, help, labels } = definitionOf(name);
    expect(name).toMatch(/^umbel_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_(seconds|bytes|ratio)$/);
    expect(name).not.toMatch(/_(ms|milliseconds|kilobytes|count|sum|bucket)(_|$)/);
    expect(help).toMatch(/\.$/);
    expect(labels).not.toContain("le");
  });
});
