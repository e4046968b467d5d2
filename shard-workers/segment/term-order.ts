/** A growing set of terms in the order of their bytes, in which a flush writes them and a prefix finds them together. */
import type { ByteStrings } from "./byte-strings.ts";

/** Numbers of terms below this share a double's 53 bits with the four bytes that a term begins with. */
const NUMBERS_MAX = 2 ** 20;

export class TermOrder {
  private readonly terms: ByteStrings;
  /** The numbers of the terms that were there at the last `update`, sorted. */
  private sorted = new Uint32Array(0);

  constructor(terms: ByteStrings) {
    this.terms = terms;
  }

  /** The numbers of all terms, sorted; the array is not to be changed. */
  update(): Uint32Array {
    const { terms, sorted } = this;
    const added = sortTerms(terms, sorted.length);
    if (added.length === 0) return sorted;
    const merged = new Uint32Array(terms.size);
    let old = 0;
    let fresh = 0;
    for (let at = 0; at < merged.length; at++) {
      const takesOld =
        fresh === added.length ||
        (old < sorted.length && terms.compare(sorted[old] as number, added[fresh] as number) < 0); // in bounds
      merged[at] = (takesOld ? sorted[old++] : added[fresh++]) as number;
    }
    this.sorted = merged;
    return merged;
  }

  /** The numbers of the terms that begin so, in no order. */
  *withPrefix(prefix: Uint8Array): Generator<number> {
    const { terms, sorted } = this;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (terms.isBefore(sorted[middle] ?? 0, prefix)) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < sorted.length; at++) {
      const term = sorted[at] ?? 0;
      if (!terms.startsWith(term, prefix)) break;
      yield term;
    }
    for (let term = sorted.length; term < terms.size; term++) if (terms.startsWith(term, prefix)) yield term;
  }
}

/**
 * The numbers from `from` on, sorted. Sorting numbers is native: it settles all but those terms that begin alike, which are
 * few and are compared.
 */
function sortTerms(terms: ByteStrings, from: number): Uint32Array {
  const byBytes = (a: number, b: number): number => terms.compare(a, b);
  const count = terms.size - from;
  if (terms.size > NUMBERS_MAX) {
    return Uint32Array.from(Array.from({ length: count }, (_, index) => from + index).toSorted(byBytes));
  }
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at++) keys[at] = terms.prefixOf(from + at) * NUMBERS_MAX + from + at;
  keys.sort();
  const order = new Uint32Array(count);
  const prefixes = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const key = keys[at] ?? 0;
    const prefix = Math.floor(key / NUMBERS_MAX);
    prefixes[at] = prefix;
    order[at] = key - prefix * NUMBERS_MAX;
  }
  for (let start = 0; start < count;) {
    const prefix = prefixes[start];
    let end = start + 1;
    while (end < count && prefixes[end] === prefix) end++;
    if (end - start > 1) order.set([...order.subarray(start, end)].toSorted(byBytes), start);
    start = end;
  }
  return order;
}
