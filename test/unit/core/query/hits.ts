/** Hits and orders of hits, as arbitraries. */
import fc from "fast-check";
import type { SortKey, SortValue } from "../../../../core/query/sort.ts";

/** A value a key: a number, a text, a truth or nothing, few of each, so that there are ties. */
const columns: fc.Arbitrary<SortValue>[] = [
  fc.constantFrom(null, -1, 0, 0.5, 2, 1e300),
  fc.constantFrom(null, "", "a", "A", "é", "z", "\u{1f600}", "\uffff"),
  fc.constantFrom(null, true, false),
];

export const sortValues: fc.Arbitrary<SortValue[]> = fc.tuple(...columns);

/** Keys for those values. */
export const sortKeys: fc.Arbitrary<SortKey[]> = fc
  .tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.nat({ max: 3 }))
  .map(([number, text, truth, length]) =>
    [
      { field: "number", descending: number },
      { field: "text", descending: text },
      { field: "truth", descending: truth },
    ].slice(0, length),
  );

export const ids = fc.string({ unit: fc.constantFrom("a", "b", "é", "1"), minLength: 1, maxLength: 3 });
