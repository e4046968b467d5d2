/**
 * Documents whose words follow Zipf's law, the same at every run: a vocabulary of 60,000 made-up words, about 106 words
 * a document, lengths spread as in real texts.
 */

import type { BenchDocument, Corpus, Query } from "./corpus.ts";

const VOCABULARY = 60_000;
const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

/** A linear congruential generator (Numerical Recipes): seeded, fast, good enough to draw words. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The word of a rank; short ones come first, as in a language. */
function wordOf(rank: number): string {
  let rest = rank + 14;
  let word = "";
  while (rest > 0) {
    word += CONSONANTS[rest % CONSONANTS.length] ?? "";
    rest = Math.floor(rest / CONSONANTS.length);
    word += VOWELS[rest % VOWELS.length] ?? "";
    rest = Math.floor(rest / VOWELS.length);
  }
  return word + (CONSONANTS[rank % 11] ?? "");
}

/** Draws ranks by Zipf's law with exponent 1. */
function zipf(random: () => number): () => number {
  const cumulative = new Float64Array(VOCABULARY);
  let sum = 0;
  for (let rank = 0; rank < VOCABULARY; rank++) {
    // Shifted (Mandelbrot): the first word is in 98 of 100 documents, not in all.
    sum += 1 / (rank + 3.2);
    cumulative[rank] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = VOCABULARY - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Documents from a number on, as many as are asked for; each depends on its number alone. */
function* documents(from: number, count: number): Generator<BenchDocument> {
  for (let number = from; number < from + count; number++) {
    const random = generator(number * 7919 + 17);
    const draw = drawWith(random);
    const words = Math.round(60 + 92 * random());
    const body = Array.from({ length: words }, () => wordOf(draw())).join(" ");
    yield { id: `doc-${String(number).padStart(7, "0")}`, title: wordOf(draw()), body };
  }
}

let shared: { random: () => number; draw: () => number } | undefined;

/** The table of Zipf's law is made once; each document brings its own numbers. */
function drawWith(random: () => number): () => number {
  shared ??= (() => {
    const own = { random, draw: (): number => 0 };
    own.draw = zipf(() => own.random());
    return own;
  })();
  shared.random = random;
  return shared.draw;
}

/** So many of these documents. */
export function zipfCorpus(count: number): Corpus {
  return {
    name: "zipf",
    title: `${count} documents of about 106 made-up words that follow Zipf's law`,
    documents: {
      length: count,
      slice: (from, to) => [...documents(from, Math.min(to, count) - from)],
    },
    queries: (frequency) => chooseQueries(count, frequency),
    wordAt: wordOf,
    words: VOCABULARY,
  };
}

async function chooseQueries(count: number, frequency: (word: string) => Promise<number>): Promise<Query[]> {
  /** The word whose share of the documents is nearest: the later a word comes, the rarer it is. */
  const wordIn = async (share: number): Promise<string> => {
    let [low, high] = [0, VOCABULARY - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((await frequency(wordOf(middle))) > share * count) low = middle + 1;
      else high = middle;
    }
    return wordOf(low);
  };
  const w98 = await wordIn(0.98);
  const w37 = await wordIn(0.37);
  const w3 = await wordIn(0.03);
  const middling = [await wordIn(0.1), await wordIn(0.05), w3, await wordIn(0.02)];
  return [
    { name: "one term in 98 % of documents", q: w98, aim: 50 },
    { name: "one term in 37 %", q: w37, aim: 20 },
    { name: "one term in 3 %", q: w3, aim: 8 },
    { name: "one term in 0.2 %", q: await wordIn(0.002), aim: 1 },
    { name: "one of the rarest terms", q: await wordIn(3 / count), aim: 1 },
    { name: "three very common terms", q: [0, 1, 2].map(wordOf).join(" "), aim: 50 },
    { name: "four middling terms", q: middling.join(" "), aim: 8 },
    { name: "two terms, both required", q: `+${w37} +${w3}`, aim: 1 },
    { name: "a phrase of common words", q: `"${wordOf(0)} ${wordOf(1)}"`, aim: 1 },
    { name: "a prefix", q: `${w3.slice(0, 4)}*`, aim: 1 },
  ];
}
