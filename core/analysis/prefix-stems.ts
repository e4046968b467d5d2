/**
 * What a prefix has to look for beside itself where words are stemmed. The index has stems: "running" is "run" there, and
 * no term begins with "runni". So a prefix that reaches into an ending also means the stems of the words that it may be
 * the beginning of: `runni*` looks for terms that begin with "runni", and for "run". As stemming does, this finds other
 * forms of those words, too.
 */
import { analyzeTerms } from "./analyze.ts";
import type { Language } from "./stem.ts";

/** Shorter prefixes are the beginning of so many words that their endings tell nothing. */
const PREFIX_LENGTH_MIN = 3;

/** Endings that the language's stemmer takes off, as words have them. */
const ENDINGS: Partial<Record<Language, readonly string[]>> = {
  // Porter, "An algorithm for suffix stripping", 1980, steps 1 to 4.
  english:
    "s es ies sses ed eed ing ings ational ationally tional tionally ency ence ences ently ents ance ances ancy antly ants izer izers ize izes ized izing ise ably ably able ible ibly ally ely ously ization izations ation ations ator ators alism iveness fulness fully ful ousness ality alities ivity ivities bility bilities icate icates icated icating ative atively icity ical ically ness nesses al er ers ic ics ant ement ements ment ments ent ion ions ism isms ist ists ate ates ated ating ity ities ous ive ives ively e".split(
      " ",
    ),
};

/** Before these a consonant is doubled. */
const DOUBLING_ENDINGS = ["ing", "ed"];
const DOUBLED = /([b-df-hj-np-tv-z])\1$/;

/** The terms of words that begin with a word's beginning, without those that begin with `prefix`, its folded form. */
export function stemsOfPrefix(beginning: string, prefix: string, language: Language): string[] {
  if (beginning.length < PREFIX_LENGTH_MIN) return [];
  const stems = new Set<string>();
  for (const completion of completions(beginning.toLowerCase(), language)) {
    const [stem, ...others] = analyzeTerms(beginning + completion, language);
    if (stem !== undefined && others.length === 0 && !stem.startsWith(prefix)) stems.add(stem);
  }
  return [...stems].toSorted();
}

/** What may follow: nothing, and the rest of each ending that the beginning reaches into. */
function completions(beginning: string, language: Language): Set<string> {
  const found = new Set([""]);
  for (const ending of ENDINGS[language] ?? []) {
    for (let begun = 1; begun < ending.length; begun++) {
      if (beginning.endsWith(ending.slice(0, begun))) found.add(ending.slice(begun));
    }
  }
  if (language === "english" && DOUBLED.test(beginning))
    for (const ending of DOUBLING_ENDINGS) found.add(ending);
  return found;
}
