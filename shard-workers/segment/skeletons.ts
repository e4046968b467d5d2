/**
 * Skeletons: what a term leaf is told of a document. Of each text field its length in terms, which every leaf needs to score, and
 * of its terms those that the leaf owns, with their places. A text is analysed once, where the document is kept.
 *
 * As JSON, `{"title": [7, "alien", 2, "ship", 0, 3]}`: seven terms, of which this leaf owns two, "alien" in place 2, and "ship" in
 * places 0 and 3 (each place as what it is more than the one before).
 */
import { fieldsOfType, type Fields } from "../../core/collection.ts";
import { fieldValues, type JsonObject } from "../../core/document/values.ts";
import type { TermOwnership } from "../../core/term-ownership.ts";
import { decodeText } from "./bytes.ts";
import { ownerOf } from "./term-owner.ts";
import { TermScanner } from "./term-scanner.ts";

/** A field of a skeleton. */
export type SkeletonField = readonly (number | string)[];

/** A term as skeletons have it. */
interface KnownTerm {
  owner: number;
  json: string;
}

/** Cuts documents into skeletons, one for each leaf. */
export class SkeletonMaker {
  private readonly leaves: number;
  private readonly fields: FieldCutter[];

  constructor(fields: Fields, ownership: TermOwnership) {
    this.leaves = ownership.leaves;
    this.fields = fieldsOfType(fields, "text").map((name) => new FieldCutter(name, ownership));
  }

  /** The skeletons of a document, as JSON, by leaf. */
  cut(document: JsonObject): string[] {
    const members = Array.from({ length: this.leaves }, (): string[] => []);
    for (const field of this.fields) field.cut(document, members);
    return members.map((own) => `{${own.join(",")}}`);
  }
}

class FieldCutter {
  private readonly name: string;
  private readonly key: string;
  private readonly ownership: TermOwnership;
  private scanner: TermScanner;
  /** By the scanner's numbers. */
  private terms: KnownTerm[] = [];

  constructor(name: string, ownership: TermOwnership) {
    this.name = name;
    this.key = JSON.stringify(name);
    this.ownership = ownership;
    this.scanner = this.newScanner();
  }

  cut(document: JsonObject, members: readonly string[][]): void {
    if (this.scanner.full) {
      this.scanner = this.newScanner();
      this.terms = [];
    }
    const { scanner } = this;
    scanner.clear();
    const places = new Map<number, { text: string; last: number }>();
    let at = 0;
    for (const [value, text] of fieldValues(document, this.name, "text").entries()) {
      scanner.scan(String(text));
      // A place of its own between values, as in a live field.
      for (; at < scanner.count; at++) addPlace(places, scanner.found[at] ?? 0, at + value);
    }
    if (scanner.count === 0) return;
    const owned = members.map(() => "");
    for (const [term, { text }] of places) {
      const { owner, json } = this.termOf(term);
      owned[owner] = `${owned[owner] ?? ""},${json}${text}`;
    }
    for (const [leaf, own] of members.entries())
      own.push(`${this.key}:[${scanner.count}${owned[leaf] ?? ""}]`);
  }

  private termOf(number: number): KnownTerm {
    let known = this.terms[number];
    if (known === undefined) {
      const bytes = this.scanner.terms.keyOf(number);
      const term = decodeText(bytes, 0, bytes.length);
      const owner = ownerOf(this.name, term, this.ownership);
      this.terms[number] = known = { owner, json: JSON.stringify(term) };
    }
    return known;
  }

  private newScanner(): TermScanner {
    return new TermScanner(this.ownership.languages[this.name]);
  }
}

function addPlace(places: Map<number, { text: string; last: number }>, term: number, place: number): void {
  const known = places.get(term);
  if (known === undefined) {
    places.set(term, { text: `,${place}`, last: place });
    return;
  }
  known.text += `,${place - known.last}`;
  known.last = place;
}
