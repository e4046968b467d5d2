/**
 * BM25F with given statistics (Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
 * section 3.6.1): a clause's weights in all fields are added up before they saturate. With the collection's own
 * statistics the same document has the same score, bit for bit, in whichever shard it lies.
 */
import type { SearchedField, Statistics } from "../contracts/search.ts";

/** How soon more occurrences stop counting. */
const K1 = 1.2;
/** How much a long field is held against its matches. */
const B = 0.75;

/** A clause's weight: the rarer its documents among `documents`, the more. Never negative. */
export function inverseDocumentFrequency(documents: number, frequency: number): number {
  return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
}

/** Scores documents under one set of statistics. */
export class Scorer {
  private readonly idf: number[];
  private readonly averageLengths: number[];
  private readonly boosts: number[];

  constructor(statistics: Statistics, searched: readonly SearchedField[]) {
    this.idf = statistics.frequencies.map((frequency) =>
      inverseDocumentFrequency(statistics.documents, frequency),
    );
    this.averageLengths = statistics.fields.map(({ documents, length }) =>
      documents === 0 ? 1 : length / documents,
    );
    this.boosts = searched.map(({ boost }) => boost);
  }

  /** What an occurrence of a clause in one field weighs, before saturation. `length` is the field's, in terms. */
  fieldWeight(fieldIndex: number, frequency: number, length: number): number {
    const average = this.averageLengths[fieldIndex] ?? 1;
    return ((this.boosts[fieldIndex] ?? 1) * frequency) / (1 - B + (B * length) / average);
  }

  /** `fieldWeight` for the lengths from 0 up, into `into` from `from` on: a loop that the compiler sees through. */
  fieldWeights(fieldIndex: number, frequency: number, into: Float64Array, from: number, count: number): void {
    const average = this.averageLengths[fieldIndex] ?? 1;
    const numerator = (this.boosts[fieldIndex] ?? 1) * frequency;
    for (let length = 0; length < count; length++)
      into[from + length] = numerator / (1 - B + (B * length) / average);
  }

  /** Turns weights of a clause into scores, as `clauseScore` does. */
  clauseScores(clauseIndex: number, weights: Float64Array, from: number, count: number): void {
    const idf = this.idf[clauseIndex] ?? 0;
    for (let at = from; at < from + count; at++) {
      const weight = weights[at] as number; // in bounds
      weights[at] = (idf * ((K1 + 1) * weight)) / (K1 + weight);
    }
  }

  /** A clause's part of the score, from the sum of its fields' weights. */
  clauseScore(clauseIndex: number, weight: number): number {
    return ((this.idf[clauseIndex] ?? 0) * ((K1 + 1) * weight)) / (K1 + weight);
  }
}

/** The statistics of two disjoint sets of documents, for the same plan. */
export function addStatistics(a: Statistics, b: Statistics): Statistics {
  return {
    documents: a.documents + b.documents,
    fields: a.fields.map((field, index) => ({
      documents: field.documents + (b.fields[index]?.documents ?? 0),
      length: field.length + (b.fields[index]?.length ?? 0),
    })),
    frequencies: a.frequencies.map((frequency, index) => frequency + (b.frequencies[index] ?? 0)),
  };
}

/** What `addStatistics` begins with: no documents. */
export function noStatistics(fields: number, clauses: number): Statistics {
  return {
    documents: 0,
    fields: Array.from({ length: fields }, () => ({ documents: 0, length: 0 })),
    frequencies: Array.from({ length: clauses }, () => 0),
  };
}
