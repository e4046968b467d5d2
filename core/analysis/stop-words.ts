/**
 * Stop words: the words that hold a sentence together ("what are the …"). They are indexed and found like any other, since
 * "The Who" and "to be or not to be" are made of nothing else, but say little of what a question is about; inverse document
 * frequency does not know that, since "what" is rarer in documents than in questions. Lists are Snowball's, by
 * @orama/stopwords; its lists of other origin call words of substance stop words, or are damaged, and are left out.
 */
import { stopwords as danish } from "@orama/stopwords/danish";
import { stopwords as dutch } from "@orama/stopwords/dutch";
import { stopwords as english } from "@orama/stopwords/english";
import { stopwords as finnish } from "@orama/stopwords/finnish";
import { stopwords as french } from "@orama/stopwords/french";
import { stopwords as german } from "@orama/stopwords/german";
import { stopwords as italian } from "@orama/stopwords/italian";
import { stopwords as norwegian } from "@orama/stopwords/norwegian";
import { stopwords as portuguese } from "@orama/stopwords/portuguese";
import { stopwords as russian } from "@orama/stopwords/russian";
import { stopwords as swedish } from "@orama/stopwords/swedish";
import { foldMarks, lowerCase } from "./fold.ts";
import type { Language } from "./stem.ts";

const LISTS: Partial<Record<Language, readonly string[]>> = {
  danish,
  dutch,
  // Missing in the list.
  english: [...english, "a"],
  finnish,
  french,
  german,
  italian,
  norwegian,
  portuguese,
  russian,
  swedish,
};

/** The lists as words are compared with them, made when they are first asked for. */
const sets = new Map<Language, Set<string>>();

/** Whether a word, as it stands in a text, is a stop word of a language; false where there is no list. */
export function isStopWord(word: string, language: Language): boolean {
  return stopWords(language).has(plain(word));
}

function stopWords(language: Language): Set<string> {
  let set = sets.get(language);
  if (set === undefined) {
    set = new Set(LISTS[language]?.map(plain));
    sets.set(language, set);
  }
  return set;
}

function plain(word: string): string {
  return foldMarks(lowerCase(word.replaceAll("’", "'")));
}
