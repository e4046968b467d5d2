/** Aggregations over columns against arithmetic on the documents' values, and over any split into leaves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues } from "../../../../core/document/values.ts";
import type { AggregationKind, AggregationRequest } from "../../../../core/query/aggregation-request.ts";
import {
  aggregationAnswer,
  emptyAggregation,
  GROUPS_MAX,
  mergeAggregations,
  SKETCHED_GROUPS_MAX,
  type AggregationPartial,
} from "../../../../core/query/aggregations.ts";
import { fullBitmap } from "../../../../shard-workers/segment/columns/bitmap.ts";
import { Collector, type ColumnView } from "../../../../shard-workers/segment/columns/index.ts";
import { documentsOf, FIELDS, liveView, mergedView, type TestDocument } from "./support.ts";

function request(kind: AggregationKind, field: string, by?: string): AggregationRequest {
  const type = FIELDS[field]?.type ?? "number";
  const at = kind === "percentiles" ? [0, 1, 50, 99.9, 100] : [];
  return {
    name: `${kind} of ${field}`,
    kind,
    field,
    type,
    at,
    ...(by === undefined ? {} : { by }),
    limit: 100,
  };
}

const numeric: AggregationKind[] = ["min", "max", "sum", "avg", "count", "distinct", "percentiles"];
const requests = [
  ...numeric.map((kind) => request(kind, "n")),
  ...["k", "b", "d"].flatMap((field) => [request("count", field), request("distinct", field)]),
  request("min", "d"),
  request("max", "d"),
  ...numeric.flatMap((kind) => ["k", "b", "d", "o.n"].map((by) => request(kind, "n", by))),
  request("distinct", "k", "b"),
];

function valuesIn(document: TestDocument, field: string): (string | number | boolean)[] {
  return fieldValues(document.value, field, FIELDS[field]?.type ?? "text");
}

function groupsIn(document: TestDocument, by: string): Set<string | number | boolean> {
  const isDate = FIELDS[by]?.type === "date";
  return new Set(
    valuesIn(document, by).map((value) => (isDate ? new Date(Number(value)).toISOString() : value)),
  );
}

/** A double as a fraction: its value is `numerator / 2^1074`. */
function units(value: number): bigint {
  let scaled = value;
  let shift = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  return BigInt(scaled) << BigInt(1074 - shift);
}

/** The double that is nearest to a fraction, found by bisection of the doubles. */
function nearestDouble(numerator: bigint, divisor: bigint): number {
  const size = numerator < 0n ? -numerator : numerator;
  const bits = new BigUint64Array(1);
  const double = new Float64Array(bits.buffer);
  const at = (index: bigint): number => {
    bits[0] = index;
    return double[0] ?? 0;
  };
  let low = 0n;
  let high = 0x7ff0_0000_0000_0000n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (units(at(middle)) * divisor <= size) low = middle;
    else high = middle;
  }
  // Beyond the largest double its neighbour would be 2^1024.
  const above = high === 0x7ff0_0000_0000_0000n ? 1n << 2098n : units(at(high));
  const below = size - units(at(low)) * divisor;
  const rest = above * divisor - size;
  const nearest = below < rest || (below === rest && low % 2n === 0n) ? at(low) : at(high);
  return numerator < 0n ? -nearest : nearest;
}

/** What an answer holds beside its count. */
function expectedResult(
  { kind, type, at }: AggregationRequest,
  values: (string | number | boolean)[],
): unknown {
  const sorted = values.map(Number).toSorted((a, b) => a - b);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const total = (): bigint => sorted.reduce((sum, value) => sum + units(value), 0n);
  const extreme = (value: number | undefined): unknown => {
    if (value === undefined) return null;
    return type === "date" ? new Date(value).toISOString() : value;
  };
  switch (kind) {
    case "count":
      return values.length;
    case "distinct":
      return new Set(values).size;
    case "min":
      return extreme(sorted[0]);
    case "max":
      return extreme(sorted.at(-1));
    case "sum":
      return finite(nearestDouble(total(), 1n));
    case "avg":
      return values.length === 0 ? null : finite(nearestDouble(total(), BigInt(values.length)));
    case "percentiles":
      return Object.fromEntries(
        at.map((percent) => [
          String(percent),
          sorted.find((_, index) => (index + 1) / sorted.length >= percent / 100 - 1e-12) ?? null,
        ]),
      );
  }
}

function expectedAnswer(wanted: AggregationRequest, documents: readonly TestDocument[]): unknown {
  const { kind, field, by } = wanted;
  const certainty = kind === "distinct" || kind === "percentiles" ? { exact: true, relativeError: 0 } : {};
  const name = kind === "percentiles" ? "values" : "value";
  if (by === undefined) {
    const values = documents.flatMap((document) => valuesIn(document, field));
    return { [name]: expectedResult(wanted, values), count: values.length, ...certainty };
  }
  const groups = new Map<string | number | boolean, (string | number | boolean)[]>();
  for (const document of documents) {
    const values = valuesIn(document, field);
    for (const group of groupsIn(document, by)) groups.set(group, [...(groups.get(group) ?? []), ...values]);
  }
  const buckets = [...groups]
    .filter(([, values]) => values.length > 0)
    .map(([value, values]) => ({
      value,
      count: values.length,
      ...(kind === "count" ? {} : { [kind]: expectedResult(wanted, values) }),
      ...certainty,
    }))
    .toSorted((a, b) => b.count - a.count || (a.value === b.value ? 0 : a.value < b.value ? -1 : 1));
  return { buckets, exact: true, errorBound: 0 };
}

function partialsOf(views: readonly ColumnView[], wanted = requests): AggregationPartial[] {
  const collector = new Collector(FIELDS, [], wanted);
  for (const view of views) collector.collect(view, fullBitmap(view.documents));
  // As they arrive from another Worker.
  return structuredClone(collector.aggregations());
}

function answers(partials: readonly AggregationPartial[], wanted = requests): unknown[] {
  return wanted.map((each, index) => aggregationAnswer(each, partials[index] ?? emptyAggregation(each)));
}

/** Merges partials in an order and a grouping that `picks` decides. */
function mergedInAnyOrder(
  leaves: readonly AggregationPartial[][],
  picks: readonly number[],
): AggregationPartial[] {
  const ahead = [...leaves];
  for (let step = 0; ahead.length > 1; step++) {
    const pick = (picks[step % picks.length] ?? 0) % ahead.length;
    const [a] = ahead.splice(pick, 1);
    const [b] = ahead.splice((pick * 7) % ahead.length, 1);
    if (a === undefined || b === undefined) throw new Error("nothing to merge");
    ahead.push(
      a.map((partial, index) => {
        const other = b[index];
        if (other === undefined) throw new Error("an aggregation is missing");
        return mergeAggregations(partial, other);
      }),
    );
  }
  return ahead[0] ?? [];
}

describe("aggregations over columns", () => {
  it("answer what arithmetic without rounding says of the documents' values", () => {
    fc.assert(
      fc.property(documentsOf(30), fc.nat(30), (documents, cut) => {
        const halves = [documents.slice(0, cut), documents.slice(cut)];
        const views = halves.map((half, index) => {
          const live = { view: liveView(half), documents: half };
          return index === 0 ? live.view : mergedView([live]).view;
        });
        expect(answers(partialsOf(views))).toEqual(requests.map((each) => expectedAnswer(each, documents)));
      }),
      { numRuns: 200 },
    );
  });

  it("answer the same, bit for bit, for any split into leaves, merged in any order and grouping", () => {
    fc.assert(
      fc.property(
        documentsOf(40),
        fc.array(fc.nat(6), { minLength: 40, maxLength: 40 }),
        fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
        (documents, leafOf, picks) => {
          const leaves = Array.from({ length: 7 }, (_, leaf) =>
            partialsOf([liveView(documents.filter((__, index) => leafOf[index] === leaf))]),
          );
          expect(answers(mergedInAnyOrder(leaves, picks))).toEqual(
            answers(partialsOf([liveView(documents)])),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it("are those of nothing where nothing matches", () => {
    const collector = new Collector(FIELDS, [], requests);
    expect(answers(collector.aggregations())).toEqual(answers(requests.map(emptyAggregation)));
    expect(answers(collector.aggregations())).toEqual(requests.map((each) => expectedAnswer(each, [])));
  });
});

describe("aggregations of many values", () => {
  const many = 60_000;
  const documents: TestDocument[] = Array.from({ length: many }, (_, index) => ({
    id: String(index),
    value: { n: ((index * 7919) % many) / 7 - 1_000, k: `value ${index % 20_000}`, b: index % 3 === 0 },
  }));
  const wanted = [
    request("percentiles", "n"),
    request("distinct", "k"),
    request("distinct", "n"),
    request("percentiles", "n", "b"),
    request("distinct", "k", "b"),
  ];
  const whole = answers(partialsOf([liveView(documents)], wanted), wanted);

  it("are sketched alike whatever the split", () => {
    for (const size of [7_001, 25_000, 59_999]) {
      const leaves: AggregationPartial[][] = [];
      for (let from = 0; from < many; from += size) {
        leaves.push(partialsOf([liveView(documents.slice(from, from + size))], wanted));
      }
      expect(answers(mergedInAnyOrder(leaves, [3, 1, 4, 1, 5]), wanted)).toEqual(whole);
    }
  });

  it("state an error that they keep", () => {
    const exact = wanted.slice(0, 3).map((each) => expectedAnswer(each, documents));
    expect(whole[0]).toMatchObject({ count: many, exact: false, relativeError: 1 / 128 });
    const percentiles = [whole[0], exact[0]].map((answer) =>
      Object.values((answer as { values: Record<string, number> }).values),
    );
    percentiles[0]?.forEach((value, index) => {
      const truth = percentiles[1]?.[index] ?? Number.NaN;
      expect(Math.abs(value - truth)).toBeLessThanOrEqual(Math.abs(truth) / 128);
    });
    for (const index of [1, 2]) {
      const { value, relativeError } = whole[index] as { value: number; relativeError: number };
      const { value: truth } = exact[index] as { value: number };
      expect(relativeError).toBeCloseTo(0.024, 3);
      expect(Math.abs(value - truth)).toBeLessThanOrEqual(truth * relativeError);
    }
  });
});

describe("aggregations of many groups", () => {
  it("keep the largest, and say by how many values others can be short", () => {
    const groups = 2 * GROUPS_MAX;
    const documents: TestDocument[] = Array.from({ length: groups + GROUPS_MAX }, (_, index) => ({
      id: String(index),
      value: { k: `group ${index % groups}`, n: 1 },
    }));
    const wanted = [request("sum", "n", "k"), request("distinct", "n", "k")];
    const partials = partialsOf([liveView(documents)], wanted);
    const kept = partials.map((partial) => ("groups" in partial ? partial.groups.size : 0));
    expect(kept).toEqual([GROUPS_MAX, SKETCHED_GROUPS_MAX]);
    expect(answers(partials, wanted)).toMatchObject([
      { exact: false, errorBound: 1, buckets: { length: 100, 0: { value: "group 0", count: 2, sum: 2 } } },
      { exact: false, errorBound: 2, buckets: { length: 100 } },
    ]);
  });

  it("add up what was left out, leaf by leaf", () => {
    const wanted = [request("count", "n", "k")];
    const leaf = (name: string): AggregationPartial[] =>
      partialsOf(
        [
          liveView(
            Array.from({ length: GROUPS_MAX + 1 }, (_, index) => ({
              id: String(index),
              value: { k: `${name} ${index}`, n: 1 },
            })),
          ),
        ],
        wanted,
      );
    expect(answers(mergedInAnyOrder([leaf("a"), leaf("b"), leaf("c")], [0]), wanted)).toMatchObject([
      { exact: false, errorBound: 3 },
    ]);
  });
});

describe("the sum of a value that many documents have", () => {
  it("is that of the value as often, without rounding", () => {
    const documents: TestDocument[] = [...Array.from({ length: 10 }, () => 0.1), -1].map((n, index) => ({
      id: String(index),
      value: { n },
    }));
    const wanted = [request("sum", "n")];
    const { view } = mergedView([{ view: liveView(documents), documents }]);
    expect(answers(partialsOf([view], wanted), wanted)).toEqual([{ value: 2 ** -54, count: 11 }]);
  });
});
