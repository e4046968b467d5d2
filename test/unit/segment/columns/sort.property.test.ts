/** Sorting by columns against sorting the documents themselves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues } from "../../../../core/document/values.ts";
import { compareHits, type SortKey, type SortValue } from "../../../../core/query/sort.ts";
import { fullBitmap } from "../../../../shard-workers/segment/columns/bitmap.ts";
import { topDocuments } from "../../../../shard-workers/segment/columns/index.ts";
import { documentsOf, FIELDS, liveView, mergedView, type TestDocument } from "./support.ts";

interface Hit {
  id: string;
  sort: SortValue[];
}

/** A few scores, so that many tie. */
function scoreOf(id: string): number {
  return (id.length * 31) % 3;
}

/** Of several values the least counts where the order rises, and the greatest where it falls. */
function sortValue({ field, descending }: SortKey, { id, value }: TestDocument): SortValue {
  if (field === "_score") return scoreOf(id);
  if (field === "id") return id;
  const values = fieldValues(value, field, FIELDS[field]?.type ?? "text");
  const sorted = values.toSorted((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  return (descending ? sorted.at(-1) : sorted[0]) ?? null;
}

function sortedHits(documents: readonly TestDocument[], keys: readonly SortKey[]): Hit[] {
  return documents
    .map((document) => ({ id: document.id, sort: keys.map((key) => sortValue(key, document)) }))
    .toSorted((a, b) => compareHits(a, b, keys));
}

const keys: fc.Arbitrary<SortKey[]> = fc.array(
  fc.record({ field: fc.constantFrom(...Object.keys(FIELDS), "_score", "id"), descending: fc.boolean() }),
  { minLength: 1, maxLength: 3 },
);

describe("sorting by columns", () => {
  it("answers the first documents, their ids and what they are sorted by, page after page", () => {
    fc.assert(
      fc.property(
        documentsOf(40),
        keys,
        fc.integer({ min: 0, max: 12 }),
        fc.boolean(),
        (documents, sort, limit, isLive) => {
          const live = liveView(documents);
          const { view } = isLive ? { view: live } : mergedView([{ view: live, documents }]);
          const expected = sortedHits(documents, sort);
          const page = (after: Hit | undefined): Hit[] =>
            topDocuments(view, fullBitmap(documents.length), {
              keys: sort,
              limit,
              after,
              score: (ordinal) => scoreOf(view.idOf(ordinal)),
              ...(isLive && { compareIds: (a: number, b: number) => (view.idOf(a) < view.idOf(b) ? -1 : 1) }),
            }).map(({ id, sort: values, score }) => {
              expect(score).toBe(scoreOf(id));
              return { id, sort: values };
            });
          const first = page(undefined);
          expect(first).toEqual(expected.slice(0, limit));
          expect(page(first.at(-1))).toEqual(
            limit === 0 ? [] : expected.slice(Math.min(limit, expected.length), 2 * limit),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("goes on after a place from another segment, which need not hold its values", () => {
    fc.assert(
      fc.property(documentsOf(30), documentsOf(5), keys, (documents, others, sort) => {
        const { view } = mergedView([{ view: liveView(documents), documents }]);
        for (const after of sortedHits(others, sort)) {
          const found = topDocuments(view, fullBitmap(documents.length), {
            keys: sort,
            limit: 100,
            after,
            score: (ordinal) => scoreOf(view.idOf(ordinal)),
          });
          expect(found.map(({ id }) => id)).toEqual(
            sortedHits(documents, sort)
              .filter((hit) => compareHits(hit, after, sort) > 0)
              .map(({ id }) => id),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("sorts by a field that is not there as by one without values", () => {
    const documents = [
      { id: "b", value: {} },
      { id: "a", value: {} },
    ];
    const found = topDocuments(liveView(documents), fullBitmap(2), {
      keys: [{ field: "undeclared", descending: true }],
      limit: 10,
      score: () => 0,
    });
    expect(found.map(({ id, sort }) => [id, sort])).toEqual([
      ["a", [null]],
      ["b", [null]],
    ]);
  });
});
