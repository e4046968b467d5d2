/**
 * How many distinct values: exact while they are few, else HyperLogLog (Flajolet and others, 2007) with 64 bits of hash
 * and Ertl's estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which needs no table of
 * corrections. Both states depend on the set of values alone, so that merging is independent of order and grouping.
 */
import { hashOf } from "./hash.ts";

export type DistinctValue = string | number | boolean;

/** When values are few, and how finely they are sketched when they are not. */
export interface DistinctPrecision {
  valuesMax: number;
  /** UTF-16 code units of all values together: texts may be long. */
  unitsMax: number;
  /** The sketch has 2^this registers of a byte. */
  registerBits: number;
}

/** Plain data. */
export interface Distinct {
  /** The values; absent when there are too many. */
  values?: Set<DistinctValue>;
  /** Their code units together; 0 when they are absent. */
  units: number;
  /** Otherwise: the registers. */
  registers?: Uint8Array;
}

export function noDistinct(): Distinct {
  return { values: new Set(), units: 0 };
}

export function addDistinct(state: Distinct, value: DistinctValue, precision: DistinctPrecision): void {
  const { values, registers } = state;
  if (registers !== undefined) register(registers, value);
  if (values === undefined || values.has(value)) return;
  values.add(value);
  state.units += typeof value === "string" ? value.length : 0;
  if (values.size <= precision.valuesMax && state.units <= precision.unitsMax) return;
  state.registers = registersOf(state, precision);
  state.units = 0;
  delete state.values;
}

/** What the values of both would have made. */
export function mergeDistinct(a: Distinct, b: Distinct, precision: DistinctPrecision): Distinct {
  if (a.values !== undefined && b.values !== undefined) {
    const merged = { values: new Set(a.values), units: a.units };
    for (const value of b.values) addDistinct(merged, value, precision);
    return merged;
  }
  const others = registersOf(b, precision);
  return {
    units: 0,
    registers: registersOf(a, precision).map((rank, index) => Math.max(rank, others[index] ?? 0)),
  };
}

/** The number of values, or its estimate. */
export function countDistinct(state: Distinct): number {
  return state.values?.size ?? Math.round(estimate(state.registers ?? new Uint8Array(1)));
}

/** Three standard errors: an estimate is further off in about 3 of 1,000 cases. */
export function distinctRelativeError(precision: DistinctPrecision): number {
  return (3 * 1.04) / Math.sqrt(2 ** precision.registerBits);
}

function registersOf(state: Distinct, precision: DistinctPrecision): Uint8Array {
  if (state.registers !== undefined) return state.registers;
  const registers = new Uint8Array(2 ** precision.registerBits);
  for (const value of state.values ?? []) register(registers, value);
  return registers;
}

/** A register holds the longest run of zeros, and the one after it, among the hashes that begin with its number. */
function register(registers: Uint8Array, value: DistinctValue): void {
  const registerBits = 31 - Math.clz32(registers.length);
  const { high, low } = hashOf(value);
  const index = high >>> (32 - registerBits);
  const rest = (high << registerBits) >>> 0;
  const zeros = rest === 0 ? 32 - registerBits + Math.clz32(low) : Math.clz32(rest);
  if (zeros >= (registers[index] ?? 0)) registers[index] = zeros + 1;
}

/** Algorithm 6 of Ertl's paper. */
function estimate(registers: Uint8Array): number {
  const size = registers.length;
  const ranks = 64 - Math.log2(size);
  const histogram = new Float64Array(ranks + 2);
  for (const rank of registers) histogram[rank] = (histogram[rank] ?? 0) + 1;
  let sum = size * tau(1 - (histogram[ranks + 1] ?? 0) / size);
  for (let rank = ranks; rank >= 1; rank--) sum = 0.5 * (sum + (histogram[rank] ?? 0));
  sum += size * sigma((histogram[0] ?? 0) / size);
  return (size * size) / (2 * Math.LN2 * sum);
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let power = share;
  let factor = 1;
  let sum = share;
  for (let before = -1; before !== sum;) {
    power *= power;
    before = sum;
    sum += power * factor;
    factor += factor;
  }
  return sum;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let factor = 1;
  let sum = 1 - share;
  for (let before = -1; before !== sum;) {
    root = Math.sqrt(root);
    before = sum;
    factor *= 0.5;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}
