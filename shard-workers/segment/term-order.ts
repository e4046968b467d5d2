/** The order of a field's terms, in which a flush writes them: that of their bytes. */
import type { ByteStrings } from "./byte-strings.ts";

/** Numbers of terms below this share a double's 53 bits with the four bytes that a term begins with. */
const NUMBERS_MAX = 2 ** 20;

/**
 * Sorts numbers of terms by the terms. Sorting numbers is native: it settles all but those terms that begin alike,
 * which are few and are compared.
 */
export function sortTerms(terms: ByteStrings, numbers: readonly number[]): Uint32Array {
  const byBytes = (a: number, b: number): number => terms.compare(a, b);
  if (terms.size > NUMBERS_MAX) return Uint32Array.from(numbers.toSorted(byBytes));
  const keys = new Float64Array(numbers.length);
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? 0;
    keys[at] = terms.prefixOf(number) * NUMBERS_MAX + number;
  }
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let at = 0; at < order.length; at++) order[at] = (keys[at] ?? 0) % NUMBERS_MAX;
  for (let from = 0; from < order.length;) {
    const prefix = terms.prefixOf(order[from] ?? 0);
    let to = from + 1;
    while (to < order.length && terms.prefixOf(order[to] ?? 0) === prefix) to++;
    if (to - from > 1) order.set([...order.subarray(from, to)].toSorted(byBytes), from);
    from = to;
  }
  return order;
}
