/** Folding: what makes "Élan", "ÉLAN", "elan" and "ｅｌａｎ" one word. */

const ASCII = /^[\u0000-\u007f]*$/; // oxlint-disable-line no-control-regex -- the whole ASCII range is meant

/**
 * Marks that readers of Latin, Greek, Cyrillic, Hebrew and Arabic text leave out at will, marks that frame symbols,
 * and selectors of a glyph. Marks of Indic scripts are vowels and stay.
 */
const OPTIONAL_MARKS =
  /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u20d0-\u20f0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

/** Letters that Unicode does not decompose, and that are typed without their stroke or ligature. */
const UNDECOMPOSED = /[ßæœøłđðþıħŧ]/g;
const REPLACEMENTS: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ħ: "h",
  ŧ: "t",
};

/** What NFKC can bring into a word that is none of a word's characters, as in "⑴" → "(1)". */
const NO_WORD_CHARACTER = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]/gu;

/** Lower case and Unicode's compatibility form (NFKC): full-width letters, ligatures, circled digits. */
export function lowerCase(word: string): string {
  if (ASCII.test(word)) return word.toLowerCase();
  return word.normalize("NFKC").replace(NO_WORD_CHARACTER, "").toLowerCase().normalize("NFC");
}

/** A lower-case word without its optional marks. */
export function foldMarks(word: string): string {
  if (ASCII.test(word)) return word;
  return word
    .normalize("NFD")
    .replace(OPTIONAL_MARKS, "")
    .normalize("NFC")
    .replace(UNDECOMPOSED, (letter) => REPLACEMENTS[letter] ?? letter);
}
