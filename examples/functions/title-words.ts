/**
 * How many titles each word is in, among words of `minLength` letters and more (4). With `filter` it is about those films alone.
 */
import type { MapFunction, ReduceFunction } from "umbel";

type Counts = Record<string, number>;

interface Input {
  minLength?: number;
}

interface Film {
  title?: string;
}

export const map: MapFunction<Film, Counts, Input | null> = (films, input) => {
  const minLength = input?.minLength ?? 4;
  const counts = new Map<string, number>();
  for (const { title = "" } of films) {
    // Once for each title, however often it repeats the word.
    for (const word of new Set(title.toLowerCase().match(/[\p{L}\p{N}]+/gu))) {
      if (word.length >= minLength) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return Object.fromEntries(counts);
};

export const reduce: ReduceFunction<Counts> = (partials) => {
  const counts = new Map<string, number>();
  for (const partial of partials) {
    for (const [word, count] of Object.entries(partial)) counts.set(word, (counts.get(word) ?? 0) + count);
  }
  return Object.fromEntries(counts);
};
