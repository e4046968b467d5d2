/** Facets over columns against a count over the documents themselves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues } from "../../../../core/document/values.ts";
import {
  intervalOf,
  FACET_VALUES_MAX,
  facetAnswer,
  mergeFacets,
  type FacetRequest,
  type FacetValue,
} from "../../../../core/query/facets.ts";
import { emptyBitmap, fullBitmap } from "../../../../shard-workers/segment/columns/bitmap.ts";
import { Collector } from "../../../../shard-workers/segment/columns/index.ts";
import { setBit } from "../../../../shard-workers/segment/bitmap.ts";
import { documentsOf, FIELDS, liveView, mergedView, type TestDocument } from "./support.ts";

/** Written from api.md: a document counts once in each bucket that it has a value in. */
function bucketsOf(request: FacetRequest, document: TestDocument): Set<FacetValue> {
  const type = FIELDS[request.field]?.type ?? "text";
  const bucketOf = (value: FacetValue): FacetValue | undefined => {
    const number = Number(value);
    if (request.kind === "values") return type === "date" ? new Date(number).toISOString() : value;
    if (request.kind === "ranges") return request.ranges.toReversed().find((from) => from <= number);
    const { interval } = request;
    if (typeof interval === "number") return intervalOf(interval, number);
    return new Date(number).toISOString().slice(0, { year: 4, month: 7, day: 10 }[interval]);
  };
  const buckets = fieldValues(document.value, request.field, type).map(bucketOf);
  return new Set(buckets.filter((bucket) => bucket !== undefined));
}

function countDocuments(request: FacetRequest, documents: readonly TestDocument[]): Map<FacetValue, number> {
  const counts = new Map<FacetValue, number>();
  for (const document of documents) {
    for (const bucket of bucketsOf(request, document)) counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

const requests: FacetRequest[] = [
  ...Object.keys(FIELDS).map((field): FacetRequest => ({ kind: "values", field, limit: 1_000 })),
  { kind: "interval", field: "n", interval: 2 },
  { kind: "interval", field: "n", interval: 0.1 },
  { kind: "interval", field: "d", interval: 86_400_000 },
  { kind: "interval", field: "d", interval: "year" },
  { kind: "interval", field: "d", interval: "month" },
  { kind: "interval", field: "d", interval: "day" },
  { kind: "ranges", field: "n", ranges: [0, 2, 2.5] },
  { kind: "ranges", field: "d", ranges: [-1, 1.5] },
];

describe("facets over columns", () => {
  it("count each document once for a value or bucket, over live and stored segments together", () => {
    fc.assert(
      fc.property(documentsOf(60), fc.nat(60), fc.func(fc.boolean()), (documents, cut, isMatch) => {
        const collector = new Collector(FIELDS, requests, []);
        const halves = [documents.slice(0, cut), documents.slice(cut)];
        halves.forEach((half, index) => {
          const live = { view: liveView(half), documents: half };
          const { view } = index === 0 ? live : mergedView([live]);
          const matches = emptyBitmap(half.length);
          half.forEach(({ id }, ordinal) => {
            if (isMatch(id)) setBit(matches, ordinal);
          });
          collector.collect(view, matches);
        });
        const matching = documents.filter(({ id }) => isMatch(id));
        collector.facets().forEach((partial, index) => {
          const request = requests[index];
          if (request === undefined) throw new Error("more facets than requests");
          expect(partial).toEqual({ counts: countDocuments(request, matching), errorBound: 0 });
        });
      }),
      { numRuns: 300 },
    );
  });

  it("merge to the same for any split into leaves", () => {
    fc.assert(
      fc.property(documentsOf(60), fc.array(fc.nat(60), { maxLength: 3 }), (documents, cuts) => {
        const facetsOf = (part: TestDocument[]) => {
          const collector = new Collector(FIELDS, requests, []);
          collector.collect(liveView(part), fullBitmap(part.length));
          return collector.facets();
        };
        const places = [0, ...cuts.toSorted((a, b) => a - b), documents.length];
        const parts = places.slice(1).map((end, index) => facetsOf(documents.slice(places[index], end)));
        facetsOf(documents).forEach((whole, index) => {
          const request = requests[index];
          const merged = parts
            .map((part) => part[index])
            .reduce((a, b) => (a && b ? mergeFacets(a, b) : undefined));
          if (request === undefined || merged === undefined) throw new Error("a facet is missing");
          expect(facetAnswer(request, merged)).toEqual(facetAnswer(request, whole));
        });
      }),
      { numRuns: 100 },
    );
  });

  it("leave the least frequent values out when there are too many, and say by how much they can be short", () => {
    const values = FACET_VALUES_MAX + 50;
    const documents = Array.from({ length: values + 5 }, (_, index) => ({
      id: String(index),
      value: { k: `k${index % values}` },
    }));
    const collector = new Collector(FIELDS, [{ kind: "values", field: "k", limit: FACET_VALUES_MAX }], []);
    collector.collect(liveView(documents), fullBitmap(documents.length));
    const [facet] = collector.facets();
    expect(facet?.counts.size).toBe(FACET_VALUES_MAX);
    expect(facet?.errorBound).toBe(1);
    expect(facet?.counts.get("k0")).toBe(2);
  });

  it("know the calendar over all the time that a date can mean", () => {
    const TIME_MAX = 8.64e15;
    const times = fc.array(
      fc.oneof(
        fc.integer({ min: -TIME_MAX, max: TIME_MAX }),
        // A fraction of a millisecond is dropped, towards 1970.
        fc.constantFrom(-0.5, 0.5, -86_400_000.5),
        // Around the ends of days, months, years and centuries.
        fc
          .tuple(
            fc.integer({ min: -1, max: 401 }),
            fc.integer({ min: 0, max: 12 }),
            fc.integer({ min: -1, max: 1 }),
          )
          .map(([year, month, offset]) => Date.UTC(1700 + year, month, 1) + offset),
      ),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(times, (dates) => {
        const documents = dates.map((d, index) => ({ id: String(index), value: { d } }));
        const calendar: FacetRequest[] = (["year", "month", "day"] as const).map((interval) => ({
          kind: "interval",
          field: "d",
          interval,
        }));
        const collector = new Collector(FIELDS, calendar, []);
        collector.collect(liveView(documents), fullBitmap(documents.length));
        const expected = [-20, -17, -14].map((end) => {
          const counts = new Map<FacetValue, number>();
          for (const date of dates) {
            const bucket = new Date(date).toISOString().slice(0, end);
            counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
          }
          return { counts, errorBound: 0 };
        });
        expect(collector.facets()).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("are empty for a field that no document has", () => {
    const collector = new Collector(FIELDS, [{ kind: "values", field: "undeclared", limit: 10 }], []);
    collector.collect(liveView([{ id: "1", value: { n: 1 } }]), fullBitmap(1));
    expect(collector.facets()).toEqual([{ counts: new Map(), errorBound: 0 }]);
  });
});
