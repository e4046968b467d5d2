/** A text field of the live segment. */
import { encodeText } from "./bytes.ts";
import { LivePostings, Occurrences } from "./live-postings.ts";
import type { Postings, TermWalk } from "./postings.ts";
import type { Lengths, TextField } from "./searchable.ts";

export class LiveField implements TextField {
  readonly totals = { documents: 0, length: 0 };
  lengths: Lengths = new Uint16Array(256);
  lengthMax = 0;
  /** The terms' numbers. */
  private readonly terms = new Map<string, number>();
  private readonly occurrences = new Occurrences();

  /** Takes a document's terms, value by value, and returns how many there were. */
  add(ordinal: number, values: readonly string[][]): number {
    let position = 0;
    let length = 0;
    for (const terms of values) {
      for (const text of terms) {
        const known = this.terms.get(text);
        const term = known ?? this.terms.size;
        if (known === undefined) this.terms.set(text, term);
        this.occurrences.add(term, known === undefined, ordinal, position++);
      }
      length += terms.length;
      // A place of its own between values, so that no phrase reaches across.
      position += 1;
    }
    this.setLength(ordinal, length);
    return length;
  }

  /** A document has gone. */
  forget(ordinal: number): void {
    const length = this.lengths[ordinal] ?? 0;
    if (length === 0) return;
    this.totals.documents -= 1;
    this.totals.length -= length;
  }

  find(term: string): Postings | undefined {
    const found = this.terms.get(term);
    return found === undefined ? undefined : this.occurrences.postings(found);
  }

  *withPrefix(prefix: string): Generator<Postings> {
    for (const [text, term] of this.terms) if (text.startsWith(prefix)) yield this.occurrences.postings(term);
  }

  walk(): TermWalk {
    const { occurrences, terms } = this;
    const sorted = [...terms.keys()].toSorted();
    const postings = new LivePostings();
    let at = -1;
    let bytes: Uint8Array = new Uint8Array(0);
    return {
      get term() {
        return bytes;
      },
      next() {
        const text = sorted[++at];
        if (text === undefined) return false;
        bytes = encodeText(text);
        return true;
      },
      postings() {
        return occurrences.postings(terms.get(sorted[at] ?? "") ?? -1, postings);
      },
    };
  }

  private setLength(ordinal: number, length: number): void {
    const grown = growLengths(this.lengths, ordinal, length);
    grown[ordinal] = length;
    this.lengths = grown;
    this.lengthMax = Math.max(this.lengthMax, length);
    if (length === 0) return;
    this.totals.documents += 1;
    this.totals.length += length;
  }
}

/** The lengths with room for one more, of that size. */
function growLengths(lengths: Lengths, ordinal: number, length: number): Lengths {
  const wide = length > 0xffff && lengths instanceof Uint16Array;
  if (ordinal < lengths.length && !wide) return lengths;
  const size = Math.max(lengths.length, ordinal < lengths.length ? 0 : 2 * (ordinal + 1));
  const grown = wide || lengths instanceof Uint32Array ? new Uint32Array(size) : new Uint16Array(size);
  grown.set(lengths);
  return grown;
}
