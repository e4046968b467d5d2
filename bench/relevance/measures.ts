/** What a ranking is worth, given the documents that somebody found relevant. */

/** Relevant documents of a query with their grades, 1 and up. */
export type Grades = ReadonlyMap<string, number>;

export interface Measures {
  /** Normalised discounted cumulative gain of the first ten (Järvelin, Kekäläinen, 2002), the gain 2^grade − 1. */
  ndcgAt10: number;
  /** Average precision, of whatever grade. */
  averagePrecision: number;
  /** The share of the relevant documents that is among the first hundred. */
  recallAt100: number;
}

/** Measures a ranking of ids, best first. */
export function measure(ranking: readonly string[], grades: Grades): Measures {
  const gains = ranking.slice(0, 10).map((id) => gain(grades.get(id) ?? 0));
  const ideal = [...grades.values()]
    .toSorted((a, b) => b - a)
    .slice(0, 10)
    .map(gain);
  const relevantAt = ranking.flatMap((id, index) => ((grades.get(id) ?? 0) > 0 ? [index + 1] : []));
  const precisions = relevantAt.map((place, index) => (index + 1) / place);
  return {
    ndcgAt10: discounted(gains) / discounted(ideal),
    averagePrecision: sum(precisions) / grades.size,
    recallAt100: relevantAt.filter((place) => place <= 100).length / grades.size,
  };
}

/** The means over all queries. */
export function means(all: readonly Measures[]): Measures {
  const mean = (of: (measures: Measures) => number): number => sum(all.map(of)) / all.length;
  return {
    ndcgAt10: mean(({ ndcgAt10 }) => ndcgAt10),
    averagePrecision: mean(({ averagePrecision }) => averagePrecision),
    recallAt100: mean(({ recallAt100 }) => recallAt100),
  };
}

function gain(grade: number): number {
  return 2 ** grade - 1;
}

function discounted(gains: readonly number[]): number {
  return sum(gains.map((value, index) => value / Math.log2(index + 2)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
