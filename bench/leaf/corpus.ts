/**
 * Documents whose words follow Zipf's law, the same at every run: a vocabulary of 60,000 made-up words, about 106 words
 * a document, lengths spread as in real texts.
 */

export interface BenchDocument {
  id: string;
  title: string;
  body: string;
}

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
export function wordOf(rank: number): string {
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
export function* documents(from: number, count: number): Generator<BenchDocument> {
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
