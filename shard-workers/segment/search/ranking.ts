/**
 * Scores under one set of statistics, by the arithmetic of core/query/bm25.ts to the last bit: a clause's weights are
 * summed in the order of the searched fields, a document's clauses in the order of the plan. Most postings share
 * a few frequencies and lengths, so what a pair of them gives is worked out once, by `Scorer` itself.
 */
import type { MatchPlan, Statistics } from "../../../core/contracts/search.ts";
import { Scorer } from "../../../core/query/bm25.ts";
import { anyBetween } from "../bitmap.ts";
import type { Bitmap } from "../column-contract.ts";
import type { PackedFrequencies, Postings } from "../postings.ts";
import type { Lengths } from "../searchable.ts";
import type { ClauseMatch, FieldMatch } from "./clauses.ts";
import { freeTables, scores, takeTable, weights } from "./scratch.ts";

/** Frequencies and lengths below these are looked up: what 4 bits hold, and 17 × 1,024 doubles are 136 KB, which stays in a cache. */
const TABLE_FREQUENCIES = 17;
const TABLE_LENGTHS = 1024;

/** Postings for each length from which on a whole table costs less than looking whether a value is there. */
const FILL_POSTINGS_A_LENGTH = 8;

/** A bound is worked out in floating point, as the scores are: the last bits may differ. */
const BOUND_MARGIN = 1 + 2 ** -40;

/** How values come about: one of them, or those of a frequency for all lengths below `count`. */
interface ValueSource {
  value(frequency: number, length: number): number;
  fill(frequency: number, into: Float64Array, from: number, count: number): void;
}

/** What a frequency and a length give, looked up where they are small. */
class ValueTable {
  readonly values: Float64Array;
  readonly stride: number;
  private readonly source: ValueSource;
  private readonly lengthMax: number;
  private filled = false;

  /** Good until the next `Ranking`. */
  constructor(lengthMax: number, source: ValueSource) {
    this.lengthMax = lengthMax;
    this.stride = Math.min(lengthMax + 1, TABLE_LENGTHS);
    const size = this.stride * TABLE_FREQUENCIES;
    this.values = takeTable(size).fill(Number.NaN, 0, size);
    this.source = source;
  }

  /** The value of a pair that was not found. */
  miss(frequency: number, length: number): number {
    const value = this.source.value(frequency, length);
    if (frequency < TABLE_FREQUENCIES && length < this.stride)
      this.values[frequency * this.stride + length] = value;
    return value;
  }

  /** Whether there is a value for every length and all frequencies of the table: worth it for so many postings. */
  isWholeFor(postings: number): boolean {
    if (this.lengthMax >= this.stride || postings < FILL_POSTINGS_A_LENGTH * this.stride) return false;
    if (!this.filled) {
      for (let frequency = 1; frequency < TABLE_FREQUENCIES; frequency++)
        this.source.fill(frequency, this.values, frequency * this.stride, this.stride);
      this.filled = true;
    }
    return true;
  }
}

export class Ranking {
  private readonly scorer: Scorer;
  private readonly lengthMax: readonly number[];
  private readonly scoreTables: (ValueTable | undefined)[] = [];
  private readonly weightTables: (ValueTable | undefined)[] = [];
  /** Whether every match adds to a score, so that a score of 0 means no match. */
  readonly positive: boolean;

  /** `lengthMax`: the longest text of each searched field in any segment. */
  constructor(plan: MatchPlan, statistics: Statistics, lengthMax: readonly number[]) {
    freeTables();
    this.scorer = new Scorer(statistics, plan);
    this.lengthMax = lengthMax;
    const fieldsCount = plan.searched.every(
      (_, field) => this.scorer.fieldWeight(field, 1, lengthMax[field] ?? 0) > 0,
    );
    const clausesCount = plan.clauses.every((_, clause) => this.scorer.clauseScore(clause, 1) > 0);
    this.positive = fieldsCount && clausesCount;
  }

  /** A clause's score for a match in one field. */
  score(clause: number, field: number, frequency: number, length: number): number {
    return this.scorer.clauseScore(clause, this.scorer.fieldWeight(field, frequency, length));
  }

  /** `score`, looked up where that is possible. */
  scoreOf(clause: number, field: number, frequency: number, length: number): number {
    const table = this.scoreTable(clause, field);
    const known =
      frequency < TABLE_FREQUENCIES && length < table.stride
        ? (table.values[frequency * table.stride + length] ?? 0)
        : Number.NaN;
    return known !== known ? table.miss(frequency, length) : known; // oxlint-disable-line no-self-compare -- faster than isNaN here
  }

  /** No posting of the current block scores above this. */
  blockBound(clause: number, field: number, postings: Postings): number {
    if (postings.impacts === 0) return Infinity;
    let bound = -Infinity;
    for (let index = 0; index < postings.impacts; index++) {
      const frequency = postings.impactFrequencies[index] ?? 0;
      bound = Math.max(bound, this.score(clause, field, frequency, postings.impactLengths[index] ?? 0));
    }
    return bound * BOUND_MARGIN;
  }

  /** The table of a clause's scores where it matches in one field alone: which, may differ from segment to segment. */
  private scoreTable(clause: number, field: number): ValueTable {
    return (this.scoreTables[clause * this.lengthMax.length + field] ??= new ValueTable(
      this.lengthMax[field] ?? 0,
      {
        value: (frequency, length) => this.score(clause, field, frequency, length),
        fill: (frequency, into, from, count) => {
          this.scorer.fieldWeights(field, frequency, into, from, count);
          this.scorer.clauseScores(clause, into, from, count);
        },
      },
    ));
  }

  /** Adds a clause's scores to `scores`; where `within` is given, at least for those documents. */
  addScores({ clause, fields }: ClauseMatch, within?: Bitmap): void {
    const [only, second] = fields;
    if (only === undefined) return;
    if (second === undefined) {
      addValues(only.postings, only.lengths, this.scoreTable(clause, only.field), scores, within);
      return;
    }
    for (const { field, postings, lengths } of fields) {
      addValues(postings, lengths, this.weightTable(field), weights, within);
    }
    for (const match of fields) this.saturate(clause, match, within);
  }

  private weightTable(field: number): ValueTable {
    return (this.weightTables[field] ??= new ValueTable(this.lengthMax[field] ?? 0, {
      value: (frequency, length) => this.scorer.fieldWeight(field, frequency, length),
      fill: (frequency, into, from, count) => this.scorer.fieldWeights(field, frequency, into, from, count),
    }));
  }

  /** Turns the weights of a field's documents into scores, and leaves them 0. */
  private saturate(clause: number, { postings }: FieldMatch, within: Bitmap | undefined): void {
    postings.restart();
    while (postings.next()) {
      if (within !== undefined && !anyBetween(within, postings.first, postings.last)) continue;
      postings.decodeOrdinals();
      for (let index = 0; index < postings.count; index++) {
        const ordinal = postings.ordinals[index] ?? 0;
        const weight = weights[ordinal] ?? 0;
        if (weight === 0) continue;
        scores[ordinal] = (scores[ordinal] ?? 0) + this.scorer.clauseScore(clause, weight);
        weights[ordinal] = 0;
      }
    }
  }
}

/** The hot loop: adds what each posting gives to its document's place. */
function addValues(
  postings: Postings,
  lengths: Lengths,
  table: ValueTable,
  into: Float64Array,
  within?: Bitmap,
): void {
  const whole = table.isWholeFor(postings.documents);
  postings.restart();
  while (postings.next()) {
    if (within !== undefined && !anyBetween(within, postings.first, postings.last)) continue;
    postings.decodeOrdinals();
    const packed = whole ? postings.packedFrequencies() : undefined;
    if (packed?.bits === 4) addNibbles(packed, postings.ordinals, postings.count, lengths, table, into);
    else if (packed?.bits === 2) addPairs(packed, postings.ordinals, postings.count, lengths, table, into);
    else if (packed?.bits === 1) addBits(packed, postings.ordinals, postings.count, lengths, table, into);
    else if (packed?.bits === 0) addOnes(postings.ordinals, postings.count, lengths, table, into);
    else {
      postings.decodeFrequencies();
      addBlock(postings.ordinals, postings.frequencies, postings.count, lengths, table, into);
    }
  }
}

/**
 * `addBlock` for frequencies in 4 bits and a table that has them all. Nothing is unpacked beforehand and nothing is
 * called, so that the arrays stay in registers; shifts are constant, since variable ones cost three times as much.
 */
function addNibbles(
  { source, at }: PackedFrequencies,
  ordinals: Uint16Array,
  count: number,
  lengths: Lengths,
  { values, stride }: ValueTable,
  into: Float64Array,
): void {
  // All reads are in bounds; see `addBlock`.
  for (let index = 0; index < count; index += 2) {
    const byte = source[at + (index >>> 1)] as number;
    const first = ordinals[index] as number;
    const firstAt = (Math.imul((byte & 15) + 1, stride) + (lengths[first] as number)) | 0;
    into[first] = (into[first] as number) + (values[firstAt] as number);
    if (index + 1 === count) return;
    const second = ordinals[index + 1] as number;
    const secondAt = (Math.imul((byte >>> 4) + 1, stride) + (lengths[second] as number)) | 0;
    into[second] = (into[second] as number) + (values[secondAt] as number);
  }
}

/** `addNibbles` for frequencies that are all 1, and so in 0 bits. */
function addOnes(
  ordinals: Uint16Array,
  count: number,
  lengths: Lengths,
  { values, stride }: ValueTable,
  into: Float64Array,
): void {
  for (let index = 0; index < count; index++) {
    const ordinal = ordinals[index] as number;
    into[ordinal] = (into[ordinal] as number) + (values[stride + (lengths[ordinal] as number)] as number);
  }
}

/** `addNibbles` for frequencies of 1 and 2, in a bit. */
function addBits(
  { source, at }: PackedFrequencies,
  ordinals: Uint16Array,
  count: number,
  lengths: Lengths,
  { values, stride }: ValueTable,
  into: Float64Array,
): void {
  for (let index = 0; index < count; index += 8) {
    let rest = source[at + (index >>> 3)] as number;
    const end = Math.min(index + 8, count);
    for (let place = index; place < end; place++) {
      const ordinal = ordinals[place] as number;
      const valueAt = (stride + (rest & 1 ? stride : 0) + (lengths[ordinal] as number)) | 0;
      into[ordinal] = (into[ordinal] as number) + (values[valueAt] as number);
      rest >>>= 1;
    }
  }
}

/** `addNibbles` for frequencies in 2 bits. */
function addPairs(
  { source, at }: PackedFrequencies,
  ordinals: Uint16Array,
  count: number,
  lengths: Lengths,
  { values, stride }: ValueTable,
  into: Float64Array,
): void {
  for (let index = 0; index < count; index += 4) {
    let rest = source[at + (index >>> 2)] as number;
    const end = Math.min(index + 4, count);
    for (let place = index; place < end; place++) {
      const ordinal = ordinals[place] as number;
      const valueAt = (Math.imul((rest & 3) + 1, stride) + (lengths[ordinal] as number)) | 0;
      into[ordinal] = (into[ordinal] as number) + (values[valueAt] as number);
      rest >>>= 2;
    }
  }
}

function addBlock(
  ordinals: Uint16Array,
  frequencies: Uint32Array,
  count: number,
  lengths: Lengths,
  table: ValueTable,
  into: Float64Array,
): void {
  const { values, stride } = table;
  // The indexes below are in bounds; a default would make V8 box the numbers, at five times the price.
  for (let index = 0; index < count; index++) {
    const ordinal = ordinals[index] as number;
    const frequency = frequencies[index] as number;
    const length = lengths[ordinal] as number;
    if (frequency < TABLE_FREQUENCIES && length < stride) {
      const value = values[(Math.imul(frequency, stride) + length) | 0] as number;
      // Equal to itself: a number, so it is in the table.
      // oxlint-disable-next-line no-self-compare -- costs nothing, as a call of isNaN does not
      if (value === value) {
        into[ordinal] = (into[ordinal] as number) + value;
        continue;
      }
    }
    into[ordinal] = (into[ordinal] as number) + table.miss(frequency, length);
  }
}
