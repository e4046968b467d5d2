/**
 * Guesses the language of a text by its most frequent words, and notes it in the event's data: `und` where the text says too
 * little. Options: `field`, the text (`text`); `target`, where the guess goes (`language`).
 */
import type { Decorate } from "umbel";

/** Words that are frequent in one of the languages and in few of the others. */
const FREQUENT: Record<string, string> = {
  de: "der die das und ist nicht ein eine ich mit auf für den von zu dem sich auch wie war sehr aber oder wir",
  en: "the and is not of to in that it was for with this you but have are on be at very they we from",
  es: "el los las y es no una que de en por con para su muy pero como más fue este está lo se del",
  fr: "le les et est pas une que des dans pour avec sur ce il très mais qui je nous était plus du au ne",
  it: "il gli e non una che di per con sono molto ma come più era questo della nel anche si lo ho ci al",
  nl: "de het een en is niet van dat ik met op voor zijn maar ook er heel was dit wij naar bij om aan",
  pt: "o os as e não uma que de em por com para muito mas como mais foi este ela ele na no do da um",
  sv: "och det är inte en ett som på för med jag att den var men mycket han hon från till av vi så om",
};

const LANGUAGES = new Map<string, string[]>();
for (const [language, words] of Object.entries(FREQUENT)) {
  for (const word of words.split(" ")) LANGUAGES.set(word, [...(LANGUAGES.get(word) ?? []), language]);
}

/** Fewer than that could be a coincidence. */
const HITS_MIN = 2;

/** Words that are looked at: a text of any length is guessed in the same time. */
const WORDS_MAX = 500;

function guess(text: string): string {
  const scores = new Map<string, number>();
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  for (const word of words.slice(0, WORDS_MAX)) {
    const languages = LANGUAGES.get(word) ?? [];
    // A word of several languages says less for each of them.
    for (const language of languages)
      scores.set(language, (scores.get(language) ?? 0) + 1 / languages.length);
  }
  const [first, second] = [...scores].toSorted(([, a], [, b]) => b - a);
  if (first === undefined || first[1] < HITS_MIN || first[1] === second?.[1]) return "und";
  return first[0];
}

export const decorate: Decorate<{ field?: string; target?: string }> = (event, { options = {} }) => {
  const { field = "text", target = "language" } = options;
  const { data } = event;
  if (typeof data !== "object" || data === null || Array.isArray(data)) return event;
  const text: unknown = Reflect.get(data, field);
  return typeof text === "string" ? { ...event, data: { ...data, [target]: guess(text) } } : event;
};
