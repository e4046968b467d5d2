/**
 * Aggregations over the matching documents. An aggregation takes every value that they hold in a field, a document's
 * several values each; with `by` they are taken apart by the values of another field, and count in each group that
 * their document is in. Leaves make partials, branches and the root merge them: for any split into shards, the answer
 * is the same to the last bit, sketches included, as long as no leaf had to leave groups out.
 */
import { isSketched, type AggregationKind, type AggregationRequest } from "./aggregation-request.ts";
import { countDistinct, distinctRelativeError } from "./distinct.ts";
import { roundedQuotient } from "./exact-sum.ts";
import { facetAnswer, type FacetValue } from "./facets.ts";
import { QUANTILE_RELATIVE_ERROR, quantilesAt } from "./quantiles.ts";
import { createSummarizer } from "./summarizers.ts";
import { mergeSummaries, precisionOf, type Summary } from "./summaries.ts";

/**
 * Groups that a leaf answers. The root of 186 leaves holds up to 186 times as many: at 150 bytes for the largest exact
 * sum, 1,000 make 28 MB of an isolate's 128.
 */
export const GROUPS_MAX = 1_000;

/** The same for distinct values and percentiles, of which each group takes up to 16 KB. */
export const SKETCHED_GROUPS_MAX = 100;

/** A leaf's summary, or that of several leaves. Plain data. */
export type AggregationPartial =
  | { summary: Summary }
  /** A group that is not listed, or was cut off in some leaf, lacks at most `errorBound` values; 0: exact. */
  | { groups: Map<FacetValue, Summary>; errorBound: number };

/** What percentiles and distinct values are known to: 0 when exact, which they are while there are few values. */
interface Certainty {
  exact: boolean;
  relativeError: number;
}

/** A group: its value, how many values were aggregated, and the result under its kind. */
export type AggregationBucket = { value: FacetValue; count: number } & Partial<Certainty> & {
    [kind in Exclude<AggregationKind, "count">]?: AggregationResult["value"] | AggregationResult["values"];
  };

/** A result: `value`, or for percentiles `values` by percentage. */
interface AggregationResult {
  /** Null: of no values, or beyond the largest double. Least and greatest dates are ISO 8601. */
  value?: number | string | null;
  values?: Record<string, number | null>;
}

/** An aggregation as the caller sees it. `count` is of values; groups with the most of them come first. */
export type Aggregation =
  | ({ count: number } & AggregationResult & Partial<Certainty>)
  | { buckets: AggregationBucket[]; exact: boolean; errorBound: number };

/** How many groups of an aggregation a leaf answers. */
export function groupsMax(kind: AggregationKind): number {
  return isSketched(kind) ? SKETCHED_GROUPS_MAX : GROUPS_MAX;
}

/** The partial of no documents. */
export function emptyAggregation({ kind, by }: AggregationRequest): AggregationPartial {
  if (by !== undefined) return { groups: new Map(), errorBound: 0 };
  return { summary: createSummarizer(kind, precisionOf(false)).summary() };
}

/** What a leaf holding both sets of documents would have answered. Neither partial is changed. */
export function mergeAggregations(a: AggregationPartial, b: AggregationPartial): AggregationPartial {
  if ("summary" in a && "summary" in b) {
    return { summary: mergeSummaries(a.summary, b.summary, precisionOf(false)) };
  }
  if (!("groups" in a && "groups" in b)) throw new Error("partials of different aggregations");
  const groups = new Map(a.groups);
  for (const [group, summary] of b.groups) {
    const other = groups.get(group);
    groups.set(group, other === undefined ? summary : mergeSummaries(other, summary, precisionOf(true)));
  }
  return { groups, errorBound: a.errorBound + b.errorBound };
}

/** The aggregation as the caller sees it. */
export function aggregationAnswer(request: AggregationRequest, partial: AggregationPartial): Aggregation {
  if ("summary" in partial) return resultOf(request, partial.summary, false);
  const { groups, errorBound } = partial;
  const counts = new Map([...groups].map(([group, { count }]) => [group, count]));
  const largest = facetAnswer(
    { kind: "values", field: request.field, limit: request.limit },
    { counts, errorBound },
  );
  const buckets = largest.buckets.map(({ value: group, count }): AggregationBucket => {
    const summary = groups.get(group);
    if (summary === undefined || request.kind === "count") return { value: group, count };
    const { value, values, exact, relativeError } = resultOf(request, summary, true);
    return {
      value: group,
      count,
      [request.kind]: values ?? value ?? null,
      ...(exact === undefined || relativeError === undefined ? {} : { exact, relativeError }),
    };
  });
  return { buckets, exact: errorBound === 0, errorBound };
}

function resultOf(
  { kind, type, at }: AggregationRequest,
  summary: Summary,
  grouped: boolean,
): { count: number } & AggregationResult & Partial<Certainty> {
  const { count } = summary;
  switch (summary.kind) {
    case "count":
      return { value: count, count };
    case "least":
    case "greatest": {
      const { value } = summary;
      return { value: type === "date" && value !== null ? new Date(value).toISOString() : value, count };
    }
    case "sum":
      return { value: sumOrMean(kind, summary.sum, count), count };
    case "distinct": {
      const relativeError =
        summary.state.values === undefined ? distinctRelativeError(precisionOf(grouped).distinct) : 0;
      return { value: countDistinct(summary.state), count, exact: relativeError === 0, relativeError };
    }
    case "quantiles": {
      const numbers = quantilesAt(summary.state, at);
      const values = Object.fromEntries(
        at.map((percent, index) => [String(percent), numbers[index] ?? null]),
      );
      const relativeError = summary.state.values === undefined ? QUANTILE_RELATIVE_ERROR : 0;
      return { values, count, exact: relativeError === 0, relativeError };
    }
  }
}

/** Rounded once, from the exact sum: the mean of two numbers is not lost because their sum is too large. */
function sumOrMean(kind: AggregationKind, sum: bigint, count: number): number | null {
  if (kind === "avg" && count === 0) return null;
  const value = roundedQuotient(sum, kind === "avg" ? count : 1);
  return Number.isFinite(value) ? value : null;
}
