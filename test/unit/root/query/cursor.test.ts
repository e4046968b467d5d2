import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Statistics } from "../../../../core/contracts/search.ts";
import { numbersToStatistics, statisticsToNumbers } from "../../../../root-worker/query/cursor.ts";

const statistics: fc.Arbitrary<Statistics> = fc.record({
  documents: fc.nat(),
  fields: fc.array(fc.record({ documents: fc.nat(), length: fc.nat() }), { maxLength: 4 }),
  frequencies: fc.array(fc.nat(), { maxLength: 6 }),
});

describe("the statistics in a cursor", () => {
  it("are what they were, for a search of as many fields and clauses", () => {
    fc.assert(
      fc.property(statistics, (of) => {
        const { fields, frequencies } = of;
        expect(numbersToStatistics(statisticsToNumbers(of), fields.length, frequencies.length)).toEqual(of);
      }),
    );
  });

  it("are none for a search of more or fewer", () => {
    const numbers = statisticsToNumbers({
      documents: 5,
      fields: [{ documents: 5, length: 50 }],
      frequencies: [2],
    });

    expect(numbersToStatistics(numbers, 1, 2)).toBeUndefined();
    expect(numbersToStatistics(numbers, 2, 1)).toBeUndefined();
    expect(numbersToStatistics([], 0, 0)).toBeUndefined();
  });
});
