/**
 * Stemmers by language (Snowball's algorithms, by @orama/stemmers). English is Porter's, by
 * `stemmer`: @orama/stemmers 3.1.18 takes "connection" to "connec", and so apart from "connect". Its Bulgarian throws on
 * words that it should change a letter of, and is left out.
 */
import { stemmer as arabic } from "@orama/stemmers/arabic";
import { stemmer as armenian } from "@orama/stemmers/armenian";
import { stemmer as danish } from "@orama/stemmers/danish";
import { stemmer as dutch } from "@orama/stemmers/dutch";
import { stemmer as finnish } from "@orama/stemmers/finnish";
import { stemmer as french } from "@orama/stemmers/french";
import { stemmer as german } from "@orama/stemmers/german";
import { stemmer as greek } from "@orama/stemmers/greek";
import { stemmer as hungarian } from "@orama/stemmers/hungarian";
import { stemmer as hindi } from "@orama/stemmers/indian";
import { stemmer as indonesian } from "@orama/stemmers/indonesian";
import { stemmer as irish } from "@orama/stemmers/irish";
import { stemmer as italian } from "@orama/stemmers/italian";
import { stemmer as lithuanian } from "@orama/stemmers/lithuanian";
import { stemmer as nepali } from "@orama/stemmers/nepali";
import { stemmer as norwegian } from "@orama/stemmers/norwegian";
import { stemmer as portuguese } from "@orama/stemmers/portuguese";
import { stemmer as romanian } from "@orama/stemmers/romanian";
import { stemmer as russian } from "@orama/stemmers/russian";
import { stemmer as sanskrit } from "@orama/stemmers/sanskrit";
import { stemmer as serbian } from "@orama/stemmers/serbian";
import { stemmer as spanish } from "@orama/stemmers/spanish";
import { stemmer as swedish } from "@orama/stemmers/swedish";
import { stemmer as tamil } from "@orama/stemmers/tamil";
import { stemmer as turkish } from "@orama/stemmers/turkish";
import { stemmer as ukrainian } from "@orama/stemmers/ukrainian";
import { stemmer as english } from "stemmer";

const STEMMERS = {
  arabic,
  armenian,
  danish,
  dutch,
  english,
  finnish,
  french,
  german,
  greek,
  hindi,
  hungarian,
  indonesian,
  irish,
  italian,
  lithuanian,
  nepali,
  norwegian,
  portuguese,
  romanian,
  russian,
  sanskrit,
  serbian,
  spanish,
  swedish,
  tamil,
  turkish,
  ukrainian,
} satisfies Record<string, (word: string) => string>;

export type Language = keyof typeof STEMMERS;

/** Every language that a text field can be declared with. */
export const LANGUAGES = Object.keys(STEMMERS) as [Language, ...Language[]]; // the literal's keys, no others

/** The stem of a lower-case word. It may take 3 µs: the stemmers build regular expressions anew at each call. */
export function stem(word: string, language: Language): string {
  // A stemmer that eats a whole word would make it unfindable.
  return STEMMERS[language](word) || word;
}
