/** What both sides index and are asked. */

export interface BenchDocument {
  id: string;
  title: string;
  body: string;
}

/** A query over the bodies, and how many times faster than FTS5 it is to be. */
export interface Query {
  name: string;
  q: string;
  aim: number;
}

export interface Corpus {
  name: string;
  /** What it is, in a line. */
  title: string;
  documents: { readonly length: number; slice(from: number, to: number): BenchDocument[] };
  /** A query for each class; `frequency` tells how many documents have a word. */
  queries(frequency: (word: string) => Promise<number>): Promise<Query[]>;
  /** Words by rank, the commonest first, for searches at random. */
  wordAt(rank: number): string;
  words: number;
}
