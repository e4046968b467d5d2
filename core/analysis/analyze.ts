/**
 * Analysis: text to terms, the same for documents and for queries. Words are runs of letters, digits and their marks;
 * text of scripts that write without spaces is cut by `Intl.Segmenter`; a pictograph is a word of its own. Each word is
 * lower-cased, stemmed where the field has a language, and folded.
 */
import { foldMarks, lowerCase } from "./fold.ts";
import { stem, type Language } from "./stem.ts";
import { TermCache } from "./term-cache.ts";

/** A term and the place of its word in the text, in UTF-16 units; `end` is exclusive. */
export interface Token {
  term: string;
  start: number;
  end: number;
}

/** Longer words are cut: a term is a key in the dictionary, and nobody types 65 letters to find one. */
const WORD_LENGTH_MAX = 64;

/** A mark is part of the letter before it: one that follows a pictograph only chooses its glyph. */
const WORD =
  /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*|\p{Extended_Pictographic}/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const ASCII = /^[\u0000-\u007f]*$/; // oxlint-disable-line no-control-regex -- the whole ASCII range is meant
const ASCII_APOSTROPHE = 0x27;
const APOSTROPHE = /['’]/;
const POSSESSIVE = /['’]s$/;

/** One for the isolate: building a segmenter loads its dictionary. */
let segmenter: Intl.Segmenter | undefined;

/** Of the isolate, by language; "" is for fields without one. */
const caches = new Map<Language | "", TermCache>();

/** The terms of a text in order, with their places. */
export function analyze(text: string, language?: Language): Token[] {
  const tokens: Token[] = [];
  if (ASCII.test(text)) scanAscii(text, language, tokens);
  else scanUnicode(text, language, tokens);
  return tokens;
}

function scanUnicode(text: string, language: Language | undefined, tokens: Token[]): void {
  for (const match of text.matchAll(WORD)) {
    const word = match[0];
    if (UNSPACED.test(word)) segment(word, match.index, language, tokens);
    else if (APOSTROPHE.test(word)) splitAtApostrophes(word, match.index, language, tokens);
    else push(word, match.index, language, tokens);
  }
}

/** What `scanUnicode` does, for text that is ASCII alone: several times faster, and most text is. */
function scanAscii(text: string, language: Language | undefined, tokens: Token[]): void {
  for (let at = 0; at < text.length; at++) {
    if (!isAsciiWord(text.charCodeAt(at))) continue;
    const start = at;
    let joined = false;
    for (;;) {
      while (isAsciiWord(text.charCodeAt(at))) at++;
      if (text.charCodeAt(at) !== ASCII_APOSTROPHE || !isAsciiWord(text.charCodeAt(at + 1))) break;
      joined = true;
      at++;
    }
    const word = text.slice(start, at);
    if (joined) splitAtApostrophes(word, start, language, tokens);
    else push(word, start, language, tokens);
  }
}

/** False for NaN, which is what there is behind the end of a text. */
function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}

/** The terms of a text in order: a term's index is its position. */
export function analyzeTerms(text: string, language?: Language): string[] {
  return analyze(text, language).map((token) => token.term);
}

function segment(run: string, offset: number, language: Language | undefined, tokens: Token[]): void {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  for (const part of segmenter.segment(run)) {
    if (part.isWordLike !== true) continue;
    if (APOSTROPHE.test(part.segment))
      splitAtApostrophes(part.segment, offset + part.index, language, tokens);
    else push(part.segment, offset + part.index, language, tokens);
  }
}

/**
 * English joins with an apostrophe (`don't`, `O'Neil`) and appends a possessive, which is no part of the word. Other
 * languages put two words together (`l'avion`, `dell'arte`).
 */
function splitAtApostrophes(
  word: string,
  offset: number,
  language: Language | undefined,
  tokens: Token[],
): void {
  if (language === undefined || language === "english") {
    const kept = word.replace(POSSESSIVE, "").replaceAll(/['’]/g, "");
    pushTerm(kept, offset, offset + word.length, language, tokens);
    return;
  }
  let start = 0;
  for (const part of word.split(APOSTROPHE)) {
    push(part, offset + start, language, tokens);
    start += part.length + 1;
  }
}

function push(word: string, start: number, language: Language | undefined, tokens: Token[]): void {
  pushTerm(word, start, start + word.length, language, tokens);
}

function pushTerm(
  word: string,
  start: number,
  end: number,
  language: Language | undefined,
  tokens: Token[],
): void {
  const term = normalize(word.length > WORD_LENGTH_MAX ? cut(word) : word, language);
  if (term !== "") tokens.push({ term, start, end });
}

/** Cut between characters: half a surrogate pair is no text. */
function cut(word: string): string {
  return word
    .slice(0, WORD_LENGTH_MAX)
    .toWellFormed()
    .replace(/\ufffd$/, "");
}

function normalize(word: string, language: Language | undefined): string {
  const key = language ?? "";
  let cache = caches.get(key);
  if (cache === undefined) {
    cache = new TermCache();
    caches.set(key, cache);
  }
  return cache.get(word, (unknown) => makeTerm(unknown, language));
}

/**
 * English is folded before it is stemmed, since its accents are optional; in other languages they carry the endings
 * that a stemmer looks for.
 */
function makeTerm(word: string, language: Language | undefined): string {
  const lower = lowerCase(word);
  if (language === undefined) return foldMarks(lower);
  if (language === "english") return stem(foldMarks(lower), language);
  return foldMarks(stem(lower, language));
}
