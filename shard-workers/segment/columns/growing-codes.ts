/** The codes of a live column: one a document, as long as no document has several. */
import type { Column } from "./column.ts";

export class GrowingCodes<A extends Uint32Array | Float64Array> {
  private readonly make: (length: number) => A;
  /** What stands for a document without a value: 0 or NaN. */
  private readonly missing: number;
  private codes: A;
  private codeCount = 0;
  private starts: Uint32Array | undefined;
  private documents = 0;

  constructor(make: (length: number) => A, missing: number) {
    this.make = make;
    this.missing = missing;
    this.codes = make(0);
  }

  get bytes(): number {
    return this.codes.byteLength + (this.starts?.byteLength ?? 0);
  }

  /** Takes the codes of a document, sorted by their values. Documents that are passed over have none. */
  add(ordinal: number, codes: readonly number[]): void {
    while (this.documents < ordinal) this.addDocument([]);
    this.addDocument(codes);
  }

  /** The codes as a column has them; later additions do not change what it sees. */
  column(documents: number): Pick<Column, "documents" | "starts"> & { codes: A } {
    while (this.documents < documents) this.addDocument([]);
    const { starts } = this;
    const end = starts === undefined ? documents : (starts[documents] ?? 0);
    // A part of a typed array is of the same class.
    const codes = this.codes.subarray(0, end) as A;
    return { documents, codes, starts: starts?.subarray(0, documents + 1) };
  }

  private addDocument(codes: readonly number[]): void {
    if (codes.length > 1 && this.starts === undefined) this.giveStarts();
    if (this.starts === undefined) {
      this.push(codes[0] ?? this.missing);
    } else {
      for (const code of codes) this.push(code);
      if (this.documents + 2 > this.starts.length) {
        const larger = new Uint32Array(this.starts.length * 2 + 2);
        larger.set(this.starts);
        this.starts = larger;
      }
      this.starts[this.documents + 1] = this.codeCount;
    }
    this.documents++;
  }

  /** From a code a document to as many as it has. */
  private giveStarts(): void {
    const before = this.codes;
    this.codes = this.make(this.codes.length);
    this.codeCount = 0;
    const starts = new Uint32Array(this.documents + 2);
    for (let ordinal = 0; ordinal < this.documents; ordinal++) {
      const code = before[ordinal] ?? this.missing;
      if (!Object.is(code, this.missing)) this.push(code);
      starts[ordinal + 1] = this.codeCount;
    }
    this.starts = starts;
  }

  private push(code: number): void {
    if (this.codeCount === this.codes.length) {
      const larger = this.make(Math.max(64, this.codes.length * 2));
      larger.set(this.codes);
      this.codes = larger;
    }
    this.codes[this.codeCount++] = code;
  }
}
