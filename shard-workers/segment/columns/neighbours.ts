/** The doubles beside a double, so that `<` becomes `<=`. */

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The least double above a finite one. */
export function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  double[0] = value;
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n);
  return double[0];
}

export function nextBelow(value: number): number {
  return -nextAbove(-value);
}
