/** A text field of the live segment. */
import type { Language } from "../../core/analysis/stem.ts";
import { fieldValues, type JsonObject } from "../../core/document/values.ts";
import { encodeText } from "./bytes.ts";
import { LivePostings, Occurrences } from "./live-postings.ts";
import type { Postings, TermWalk } from "./postings.ts";
import type { Lengths, TextField } from "./searchable.ts";
import { TermScanner } from "./term-scanner.ts";

export class LiveField implements TextField {
  readonly totals = { documents: 0, length: 0 };
  lengths: Lengths = new Uint16Array(256);
  lengthMax = 0;
  protected readonly scanner: TermScanner;
  protected readonly occurrences = new Occurrences();
  /** Of the document that was taken last: where the terms of each value end. */
  private readonly valueEnds: number[] = [];

  /** The words that a predecessor of the same declaration has met need not be analysed again. */
  constructor(language: Language | undefined, predecessor?: LiveField) {
    const known = predecessor?.scanner;
    this.scanner = known === undefined || known.full ? new TermScanner(language) : known;
  }

  /** Takes a document's values, and changes nothing that a search sees. */
  take(document: JsonObject, name: string): void {
    this.scanner.clear();
    this.valueEnds.length = 0;
    for (const value of fieldValues(document, name, "text")) {
      this.scanner.scan(String(value));
      this.valueEnds.push(this.scanner.count);
    }
  }

  /** Adds the document that was taken last, and returns how many occurrences of terms it has. */
  add(ordinal: number): number {
    const { found, count } = this.scanner;
    let at = 0;
    for (const [value, end] of this.valueEnds.entries()) {
      // A place of its own between values, so that no phrase reaches across.
      for (; at < end; at++) this.occurrences.add(found[at] ?? 0, ordinal, at + value);
    }
    this.setLength(ordinal, count);
    return count;
  }

  /** A document has gone. */
  forget(ordinal: number): void {
    const length = this.lengths[ordinal] ?? 0;
    if (length === 0) return;
    this.totals.documents -= 1;
    this.totals.length -= length;
  }

  find(term: string): Postings | undefined {
    const found = this.scanner.numberOf(term);
    return this.occurrences.has(found) ? this.occurrences.postings(found) : undefined;
  }

  *withPrefix(prefix: string): Generator<Postings> {
    for (const term of this.scanner.order.withPrefix(encodeText(prefix))) {
      if (this.occurrences.has(term)) yield this.occurrences.postings(term);
    }
  }

  walk(): TermWalk {
    const { terms } = this.scanner;
    const order = this.scanner.order.update().filter((term) => this.occurrences.has(term));
    const groups = this.occurrences.grouped(order);
    const postings = new LivePostings();
    let rank = -1;
    let term: Uint8Array = new Uint8Array(0);
    return {
      get term() {
        return term;
      },
      next() {
        rank += 1;
        if (rank === order.length) return false;
        term = terms.keyOf(order[rank] ?? 0);
        return true;
      },
      postings: () => groups.postings(rank, postings),
    };
  }

  protected setLength(ordinal: number, length: number): void {
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
