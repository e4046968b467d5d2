/**
 * How numbers become codes. Most columns of numbers are of few sorts: years and counts (whole numbers in a range),
 * prices and ratings (decimals of a few digits), dates (multiples of a day or a second), a few values again and again.
 * Each fits in one or two bytes and comes back as the same double; what fits nothing is kept as it is.
 */
import { firstNot } from "./text-table.ts";
import { RAW, type Codes, type NumberTable, type RawTable } from "./column.ts";

/** Plain data: `code` is (base + (code − 1) · step) / divisor. */
export interface LinearMeta {
  kind: "linear";
  size: number;
  base: number;
  step: number;
  divisor: number;
}

/** The distinct numbers, sorted, are a part of their own. */
export interface ListMeta {
  kind: "list";
  size: number;
}

export type NumberMeta = LinearMeta | ListMeta | { kind: "raw" };

/** Scaled numbers below this come back from a division as the same double, and no two as one. */
const SCALED_MAX = 2 ** 47;
const DIVISORS = [1, 10, 100, 1_000, 10_000];

/** Codes are at most 32 bits wide. */
const CODES_MAX = 2 ** 32 - 1;

/** Numbers in a list: two bytes of code, and the list itself stays below a part's megabyte. */
const LIST_MAX = 65_535;

/** The numbers of a column, coded as narrowly as they can be; NaN becomes "no value". */
export function encodeNumbers(numbers: Float64Array): {
  meta: NumberMeta;
  codes: Codes;
  list?: Float64Array;
} {
  const linear = linearOf(numbers);
  const linearBytes = linear === undefined ? Infinity : numbers.length * widthOf(linear.size);
  // A list saves nothing over one byte, and hardly anything over two, for which it has to sort.
  const list = linearBytes <= 2 * numbers.length ? undefined : listOf(numbers);
  const listBytes = list === undefined ? Infinity : numbers.length * widthOf(list.length) + list.byteLength;
  if (Math.min(linearBytes, listBytes) >= numbers.byteLength)
    return { meta: { kind: "raw" }, codes: numbers };
  if (linear !== undefined && linearBytes <= listBytes) {
    const { base, step, divisor } = linear;
    const codes = codesOfSize(linear.size, numbers.length);
    for (let index = 0; index < numbers.length; index++) {
      const number = numbers[index] ?? Number.NaN;
      if (!Number.isNaN(number)) codes[index] = (Math.round(number * divisor) - base) / step + 1;
    }
    return { meta: linear, codes };
  }
  const sorted = list ?? new Float64Array();
  const codeOf = new Map(Array.from(sorted, (number, index) => [number, index + 1]));
  const codes = codesOfSize(sorted.length, numbers.length);
  for (let index = 0; index < numbers.length; index++)
    codes[index] = codeOf.get(numbers[index] ?? Number.NaN) ?? 0;
  return { meta: { kind: "list", size: sorted.length }, codes, list: sorted };
}

/** The table of stored codes. `list` is called for the list's numbers. */
export function numberTable(meta: NumberMeta, list: () => Float64Array): NumberTable | RawTable {
  if (meta.kind === "raw") return RAW;
  if (meta.kind === "list") {
    const numbers = list();
    return { kind: "numbers", size: meta.size, at: (code) => numbers[code - 1] ?? Number.NaN };
  }
  const { size, base, step, divisor } = meta;
  return { kind: "numbers", size, at: (code) => (base + (code - 1) * step) / divisor };
}

/** The first code whose number is not below this one; `size + 1`: there is none. */
export function numberLowerBound(table: NumberTable, number: number): number {
  return firstNot(1, table.size + 1, (code) => table.at(code) < number);
}

/** Zeros in the narrowest array for codes up to `size`. */
export function codesOfSize(size: number, length: number): Uint8Array | Uint16Array | Uint32Array {
  const width = widthOf(size);
  return width === 1
    ? new Uint8Array(length)
    : width === 2
      ? new Uint16Array(length)
      : new Uint32Array(length);
}

function widthOf(size: number): 1 | 2 | 4 {
  return size <= 0xff ? 1 : size <= 0xff_ff ? 2 : 4;
}

/** The base, step and divisor by which every number is a whole code; undefined: there are none. */
function linearOf(numbers: Float64Array): LinearMeta | undefined {
  const divisor = DIVISORS.find((candidate) => scalesWhole(numbers, candidate));
  if (divisor === undefined) return undefined;
  let base = Infinity;
  let last = -Infinity;
  for (const number of numbers) {
    const scaled = Math.round(number * divisor);
    if (scaled < base) base = scaled;
    if (scaled > last) last = scaled;
  }
  let step = 0;
  for (const number of numbers) {
    if (!Number.isNaN(number)) step = commonDivisor(Math.round(number * divisor) - base, step);
    if (step === 1) break;
  }
  const size = step === 0 ? 1 : (last - base) / step + 1;
  return size > CODES_MAX ? undefined : { kind: "linear", size, base, step: Math.max(step, 1), divisor };
}

function scalesWhole(numbers: Float64Array, divisor: number): boolean {
  for (const number of numbers) {
    const scaled = Math.round(number * divisor);
    if (!Number.isNaN(number) && (scaled / divisor !== number || Math.abs(scaled) > SCALED_MAX)) return false;
  }
  return true;
}

function commonDivisor(a: number, b: number): number {
  let left = a;
  let right = b;
  while (right !== 0) [left, right] = [right, left % right];
  return left;
}

/** The distinct numbers, sorted; undefined: too many. */
function listOf(numbers: Float64Array): Float64Array | undefined {
  const sorted = numbers.toSorted();
  let size = 0;
  for (let index = 0; index < sorted.length; index++) {
    const number = sorted[index] ?? Number.NaN;
    if (Number.isNaN(number)) break;
    if (size === 0 || number !== sorted[size - 1]) sorted[size++] = number;
  }
  return size > LIST_MAX ? undefined : sorted.slice(0, size);
}
