/** Which of several leaves owns a term: the same wherever it is asked, so that it never changes. */
import { cutTerm } from "./analysis.ts";
import { encodeText } from "./bytes.ts";
import { hash32 } from "./checksum.ts";

/** Other than that of ids and of rows, so that nothing is spread alike by accident. */
const OWNER_SEED = 0x7e;

/** Of a term as documents' texts and queries have it. */
export function ownerOf(term: string, leaves: number): number {
  return ownerOfBytes(encodeText(cutTerm(term)), leaves);
}

/** Of a term's bytes, in the manner of `encodeText`. */
export function ownerOfBytes(term: Uint8Array, leaves: number): number {
  return hash32(term, OWNER_SEED) % leaves;
}
