import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inverseDocumentFrequency } from "../../../../core/query/bm25.ts";
import { hintedStatistics, isComplete } from "../../../../core/query/hints.ts";

const own = { documents: 10, fields: [{ documents: 8, length: 80 }], frequencies: [2, 10] };

describe("what a leaf ranks by", () => {
  it("is what is hinted, where it is", () => {
    const hints = { documents: 50, fields: [{ documents: 40, length: 900 }], frequencies: [7, 30] };

    expect(hintedStatistics(hints, own)).toEqual(hints);
    expect(isComplete(hints)).toBe(true);
  });

  it("is its own where nothing is hinted", () => {
    const hints = { documents: null, fields: [null], frequencies: [null, null] };

    expect(hintedStatistics(hints, own)).toEqual(own);
    expect(isComplete(hints)).toBe(false);
  });

  it("takes a word that was never seen for as frequent everywhere as it is in the leaf", () => {
    const hints = { documents: 100, fields: [null], frequencies: [null, 4] };

    expect(hintedStatistics(hints, own)).toEqual({ ...own, documents: 100, frequencies: [20, 4] });
    expect(isComplete(hints)).toBe(false);
  });

  it("gives no clause a negative weight, however little the hints fit together", () => {
    const maybe = fc.option(fc.nat({ max: 1_000 }));
    fc.assert(
      fc.property(
        maybe,
        maybe,
        fc.nat({ max: 500 }),
        fc.nat({ max: 500 }),
        (documents, hinted, some, others) => {
          const hints = { documents, fields: [null], frequencies: [hinted] };
          const leaf = { ...own, documents: some + others, frequencies: [some] };
          const { documents: all, frequencies } = hintedStatistics(hints, leaf);
          expect(inverseDocumentFrequency(all, frequencies[0] ?? 0)).toBeGreaterThan(0);
        },
      ),
    );
  });
});
