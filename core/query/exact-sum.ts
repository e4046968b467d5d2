/**
 * Sums of doubles without rounding. Addition of doubles depends on its order; a sum that is to be the same for any split
 * into shards can't. Here the sum is an integer, a count of 2^-1074 (the least double), kept in digits of 32 bits as in
 * Neal, "Fast exact summation using small and large superaccumulators" (2015), and rounded once, at the end.
 */

/** Binary digits behind the point of the least double. */
const SCALE_BITS = 1074;
const DIGIT_BITS = 32;
const DIGIT = 2 ** DIGIT_BITS;

/** A double's bits reach 2,098 places; the rest is room for carries. */
const DIGITS = Math.ceil((2 * SCALE_BITS) / DIGIT_BITS) + 3;

/** Each addition puts less than 2^32 into a digit; a double counts to 2^53. */
const ADDITIONS_MAX = 2 ** 20;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const bits = new BigUint64Array(double.buffer);

export class ExactSum {
  /** The whole numbers, as long as a double holds their sum. */
  private whole = 0;
  /** Digits from 2^-1074 upwards, each a whole number of either sign. Made when a number is not whole, or too large. */
  private digits: Float64Array | undefined;
  private additions = 0;

  /** Adds a finite number so many times: a positive integer below 2^53. */
  add(value: number, times = 1): void {
    if (Number.isInteger(value)) {
      const next = this.whole + value * times;
      if (Number.isSafeInteger(value * times) && Number.isSafeInteger(next)) {
        this.whole = next;
        return;
      }
    }
    for (let left = times; left > 0; left -= ADDITIONS_MAX)
      this.addDigits(value, Math.min(left, ADDITIONS_MAX));
  }

  /** The sum in units of 2^-1074. */
  units(): bigint {
    const whole = BigInt(this.whole) << BigInt(SCALE_BITS);
    const { digits } = this;
    if (digits === undefined) return whole;
    this.carry(digits);
    let last = digits.length - 1;
    while (last > 0 && digits[last] === 0) last--;
    let first = 0;
    while (first < last && digits[first] === 0) first++;
    let sum = 0n;
    for (let index = last; index >= first; index--) sum = (sum << 32n) + BigInt(digits[index] ?? 0);
    return whole + (sum << BigInt(DIGIT_BITS * first));
  }

  private addDigits(value: number, times: number): void {
    const digits = (this.digits ??= new Float64Array(DIGITS));
    this.additions += times;
    if (this.additions > ADDITIONS_MAX) {
      this.carry(digits);
      this.additions = times;
    }
    double[0] = value;
    const low = words[0] ?? 0;
    const high = words[1] ?? 0;
    const exponent = (high >>> 20) & 0x7ff;
    const top = exponent === 0 ? high & 0xf_ffff : (high & 0xf_ffff) | 0x10_0000;
    const place = exponent === 0 ? 0 : exponent - 1;
    const index = place >>> 5;
    const shift = place & 31;
    const factor = value < 0 ? -times : times;
    const overflow = shift === 0 ? 0 : low >>> (32 - shift);
    digits[index] = (digits[index] ?? 0) + factor * ((low << shift) >>> 0);
    digits[index + 1] = (digits[index + 1] ?? 0) + factor * (((top << shift) | overflow) >>> 0);
    if (shift > 11) digits[index + 2] = (digits[index + 2] ?? 0) + factor * (top >>> (32 - shift));
  }

  /** Leaves every digit below 2^32 in size, and the sum as it is. */
  private carry(digits: Float64Array): void {
    let carried = 0;
    for (let index = 0; index < digits.length; index++) {
      const digit = (digits[index] ?? 0) + carried;
      carried = Math.trunc(digit / DIGIT);
      digits[index] = digit - carried * DIGIT;
    }
    this.additions = 1;
  }
}

/**
 * `units` · 2^-1074 / `divisor` as the nearest double, the even one of two; infinite when no double is that large. The
 * divisor is a positive integer.
 */
export function roundedQuotient(units: bigint, divisor: number): number {
  const size = units < 0n ? -units : units;
  const whole = BigInt(divisor);
  // As many binary digits as the quotient has beyond a double's 53 are rounded away.
  const excess = BigInt(Math.max(0, bitLength(size / whole) - 53));
  const unit = whole << excess;
  let quotient = size / unit;
  const twice = (size % unit) * 2n;
  if (twice > unit || (twice === unit && (quotient & 1n) === 1n)) quotient += 1n;
  // A double's bits are its exponent before its fraction, so that a carry out of one goes into the other.
  const rounded = (excess << 52n) + quotient;
  if (rounded >= 0x7ff0_0000_0000_0000n) return units < 0n ? -Infinity : Infinity;
  bits[0] = rounded;
  const value = double[0] ?? 0;
  // Not its negation: a quotient that is rounded to zero is the only zero there is.
  return units < 0n ? 0 - value : value;
}

function bitLength(value: bigint): number {
  const hexadecimal = value.toString(16);
  return (hexadecimal.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hexadecimal.charAt(0), 16)));
}
