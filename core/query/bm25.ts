/**
 * BM25F with given statistics (Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
 * section 3.6.1): a clause's weights in all fields are added up before they saturate. With the collection's own
 * statistics the same document has the same score, bit for bit, in whichever shard it lies.
 */
import type { MatchPlan, SearchedField, Statistics } from "../contracts/search.ts";

/** How soon more occurrences stop counting. */
export const K1 = 1.2;
/** How much a long field is held against its matches. */
const B = 0.75;

/** No field outweighs another by more than this without being told to: a label of one word is no title. */
const LENGTH_BOOST_MAX = 4;

/** A clause's weight: the rarer its documents among `documents`, the more. Never negative. */
export function inverseDocumentFrequency(documents: number, frequency: number): number {
  return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
}

/**
 * The clauses' weights: their inverse document frequencies, times what the query gives them. Whatever the statistics are, a clause
 * has the same factor.
 */
export function clauseWeights(
  { documents, frequencies }: Statistics,
  clauses: MatchPlan["clauses"],
): number[] {
  return frequencies.map(
    (frequency, index) => inverseDocumentFrequency(documents, frequency) * (clauses[index]?.weight ?? 1),
  );
}

/**
 * How much a match in each field counts. Where a field has a boost of its own, those that have none count 1. Where no field has,
 * a short one counts more, by the square root of how many times longer the longest is: a word in a title of ten says more of
 * the document than one in a text of a thousand. (The length norm of Lucene's classic similarity; docs/decisions/0060.)
 */
export function fieldBoosts({ fields }: Statistics, searched: readonly SearchedField[]): number[] {
  if (searched.some(({ boost }) => boost !== undefined)) return searched.map(({ boost = 1 }) => boost);
  const lengths = searched.map((_, index) => averageLength(fields[index]));
  const longest = Math.max(...lengths);
  return lengths.map((length) => Math.min(LENGTH_BOOST_MAX, Math.sqrt(longest / length)));
}

/** How long a field is where it is at all, in terms. */
export function averageLength(field: Statistics["fields"][number] | undefined): number {
  return field === undefined || field.documents === 0 ? 1 : field.length / field.documents;
}

/** Scores documents under one set of statistics. */
export class Scorer {
  /** By clause, times what the query gives it. */
  private readonly idf: number[];
  private readonly averageLengths: number[];
  private readonly boosts: number[];

  constructor(statistics: Statistics, plan: Pick<MatchPlan, "clauses" | "searched">) {
    this.idf = clauseWeights(statistics, plan.clauses);
    this.averageLengths = statistics.fields.map(averageLength);
    this.boosts = fieldBoosts(statistics, plan.searched);
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
