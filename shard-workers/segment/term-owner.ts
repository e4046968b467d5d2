/**
 * Which of several leaves owns a term: the same wherever it is asked. A field without a language has words where others have stems; so
 * that one leaf has both, and a word asks one leaf, what counts of its terms is their stem by the collection's language.
 */
import { foldMarks } from "../../core/analysis/fold.ts";
import { stem } from "../../core/analysis/stem.ts";
import type { TermOwnership } from "../../core/term-ownership.ts";
import { cutTerm } from "./analysis.ts";
import { encodeText } from "./bytes.ts";
import { hash32 } from "./checksum.ts";

/** Other than that of ids and of rows, so that nothing is spread alike by accident. */
const OWNER_SEED = 0x7e;

/** Of a term as documents' texts and queries have it in a field. */
export function ownerOf(
  field: string,
  term: string,
  { leaves, languages, termLanguage }: TermOwnership,
): number {
  const cut = cutTerm(term);
  const hasLanguage = Object.hasOwn(languages, field);
  const grouped = hasLanguage || termLanguage === undefined ? cut : foldMarks(stem(cut, termLanguage));
  return hash32(encodeText(grouped), OWNER_SEED) % leaves;
}
