/** An immutable segment. Opening reads its header alone; everything else is read when it is asked for. */
import type { Fields } from "../../core/collection.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { hasBit, ordinalsOf, setBit } from "./bitmap.ts";
import { encodeText } from "./bytes.ts";
import type { BlobCache } from "./cache.ts";
import { bitmapWords, type Bitmap, type ColumnModule } from "./column-contract.ts";
import { Dictionary } from "./dictionary.ts";
import { decodeHeader, type FieldHeader, type SegmentHeader } from "./header.ts";
import { BLOCK_POSTINGS } from "./limits.ts";
import { IdReader, numbersOf, shortsOf } from "./ids.ts";
import { SegmentParts, StreamReader } from "./parts.ts";
import type { Postings, TermWalk } from "./postings.ts";
import type { TermEntry } from "./postings-writer.ts";
import { SegmentPostings } from "./segment-postings.ts";
import type { Lengths, Searchable, TextField } from "./searchable.ts";
import { GrowingSlots, SLOTS_PART } from "./slots.ts";
import { DocumentReader } from "./stored-documents.ts";
import { DELETIONS_BLOB, seal, segmentKey, unseal, type SegmentStore } from "./store.ts";

export interface SegmentSetting<C> {
  store: SegmentStore;
  cache: BlobCache;
  columns: ColumnModule<C>;
  fields: Fields;
}

export class Segment<C> implements Searchable<C> {
  readonly number: number;
  readonly documents: number;
  readonly columns: C;
  readonly header: SegmentHeader;
  readonly deleted: Bitmap;
  deletedCount = 0;
  private readonly store: SegmentStore;
  private readonly parts: SegmentParts;
  private readonly ids: IdReader;
  readonly stored: DocumentReader;
  private readonly fields: Map<string, SegmentField>;
  /** Deletions that no row has yet. */
  private unsaved = 0;
  private hashed: GrowingSlots | undefined;

  constructor(setting: SegmentSetting<C>, number: number) {
    this.number = number;
    this.store = setting.store;
    const key = segmentKey(number, 0);
    this.header = decodeHeader(unseal(key, setting.store.read(key)));
    this.documents = this.header.documents;
    this.parts = new SegmentParts(setting.store, number, setting.cache, this.header.parts);
    this.ids = new IdReader(this.parts, this.documents);
    this.stored = new DocumentReader(this.parts);
    this.deleted = new Uint32Array(bitmapWords(this.documents));
    this.readDeletions();
    this.columns = setting.columns.open(setting.fields, this.documents, this.parts);
    this.fields = new Map(
      this.header.fields.map((field, index) => [
        field.name,
        new SegmentField(this, this.parts, field, index),
      ]),
    );
  }

  get text(): number {
    return this.header.text;
  }

  field(name: string): SegmentField | undefined {
    return this.fields.get(name);
  }

  find(id: string): number | undefined {
    const ordinal = this.ids.find(id);
    return ordinal === undefined || hasBit(this.deleted, ordinal) ? undefined : ordinal;
  }

  ordinalOf(id: string): number | undefined {
    return this.ids.find(id);
  }

  idOf(ordinal: number): string {
    return this.ids.idOf(ordinal);
  }

  slots(): Uint16Array {
    const written = this.parts.read(SLOTS_PART);
    if (written !== undefined) return shortsOf(written);
    // It was written before segments had them.
    this.hashed ??= new GrowingSlots();
    return this.hashed.upTo(this.documents, (ordinal) => this.idOf(ordinal));
  }

  idOrder(): (a: number, b: number) => number {
    let ranks: Uint16Array | undefined;
    let rising: boolean | undefined;
    return (a, b) => {
      // Read for the first tie.
      if (rising === undefined) {
        ranks = this.ids.ranks();
        rising = ranks === undefined;
      }
      return rising ? a - b : (ranks?.[a] ?? 0) - (ranks?.[b] ?? 0);
    };
  }

  afterId(id: string): (ordinal: number) => boolean {
    const from = this.ids.ranksUpTo(id);
    const ranks = this.ids.ranks();
    return ranks === undefined ? (ordinal) => ordinal >= from : (ordinal) => (ranks[ordinal] ?? 0) >= from;
  }

  *idsAfter(id: string): Generator<number> {
    for (let rank = this.ids.ranksUpTo(id); rank < this.documents; rank++) {
      const ordinal = this.ids.atRank(rank);
      if (!hasBit(this.deleted, ordinal)) yield ordinal;
    }
  }

  versionOf(ordinal: number): number {
    return readVersion(this.parts.need("versions"), ordinal);
  }

  allVersions(): Float64Array {
    return decodeVersions(this.parts.need("versions"), this.documents);
  }

  textOf(ordinal: number): string {
    return this.stored.read(ordinal);
  }

  documentOf(ordinal: number): JsonObject {
    return JSON.parse(this.textOf(ordinal)) as JsonObject; // a document that was put
  }

  /** Marks a document as deleted; false when it was. Durable with the log, or with `saveDeletions`. */
  delete(ordinal: number): boolean {
    if (ordinal >= this.documents || hasBit(this.deleted, ordinal)) return false;
    setBit(this.deleted, ordinal);
    this.deletedCount += 1;
    this.unsaved += 1;
    return true;
  }

  /** Writes the deletions, if there are new ones. Part of the caller's transaction. */
  saveDeletions(): void {
    if (this.unsaved === 0) return;
    const key = segmentKey(this.number, DELETIONS_BLOB);
    const { buffer, byteOffset, byteLength } = this.deleted;
    this.store.write(key, seal(key, new Uint8Array(buffer, byteOffset, byteLength)));
  }

  /** After the transaction with `saveDeletions`. */
  deletionsSaved(): void {
    this.unsaved = 0;
  }

  /** From now on views of its parts may be kept from one turn to the next: a merge reads it, after which it goes. */
  lend(): void {
    this.parts.lent = true;
  }

  /** Its rows are gone. */
  removed(): void {
    this.parts.drop();
  }

  private readDeletions(): void {
    const key = segmentKey(this.number, DELETIONS_BLOB);
    const sealed = this.store.read(key);
    if (sealed === undefined) return;
    this.deleted.set(numbersOf(unseal(key, sealed)));
    this.deletedCount = [...ordinalsOf(this.deleted)].length;
  }
}

/** A text field of an immutable segment. */
export class SegmentField implements TextField {
  readonly lengthMax: number;
  private readonly owner: { deleted: Bitmap; deletedCount: number; documents: number };
  private readonly parts: SegmentParts;
  private readonly header: FieldHeader;
  private readonly name: string;
  private readonly dictionary: Dictionary;
  private readonly postings: StreamReader;
  private readonly positions: StreamReader;
  /** The totals without the deleted documents, and with how many deletions they were counted. */
  private counted = { deletions: 0, documents: 0, length: 0 };

  constructor(
    owner: { deleted: Bitmap; deletedCount: number; documents: number },
    parts: SegmentParts,
    header: FieldHeader,
    index: number,
  ) {
    this.owner = owner;
    this.parts = parts;
    this.header = header;
    this.name = fieldPart(index);
    this.lengthMax = header.lengthMax;
    this.counted = { deletions: 0, documents: header.documents, length: header.length };
    this.dictionary = new Dictionary(parts, this.name);
    this.postings = new StreamReader(parts, `${this.name}/postings`);
    this.positions = new StreamReader(parts, `${this.name}/positions`);
  }

  get totals(): { documents: number; length: number } {
    if (this.counted.deletions !== this.owner.deletedCount) this.count();
    return this.counted;
  }

  get lengths(): Lengths {
    const bytes = this.parts.need(`${this.name}/lengths`);
    return this.lengthMax > 0xffff ? numbersOf(bytes) : shortsOf(bytes);
  }

  find(term: string): Postings | undefined {
    const entry = this.dictionary.find(encodeText(term));
    return entry === undefined ? undefined : this.open(entry);
  }

  *withPrefix(prefix: string): Generator<Postings> {
    for (const entry of this.dictionary.withPrefix(encodeText(prefix))) yield this.open(entry);
  }

  walk(): TermWalk {
    const walk = this.dictionary.all();
    // Most terms are rare, and a merge opens each: one object serves all.
    let postings: SegmentPostings | undefined;
    return {
      get term() {
        return walk.term;
      },
      next: () => walk.next(),
      postings: () => {
        if (postings === undefined) postings = this.open(walk.entry, BLOCK_POSTINGS);
        else postings.reopen(walk.entry);
        return postings;
      },
    };
  }

  private open(entry: TermEntry, room?: number): SegmentPostings {
    return new SegmentPostings(entry, this.postings, this.positions, this.owner.documents, room);
  }

  private count(): void {
    const { lengths } = this;
    let { documents, length } = this.header;
    for (const ordinal of ordinalsOf(this.owner.deleted)) {
      const gone = lengths[ordinal] ?? 0;
      if (gone > 0) documents -= 1;
      length -= gone;
    }
    this.counted = { deletions: this.owner.deletedCount, documents, length };
  }
}

/** How a field's parts begin. Names of fields may be long, and need not be in every part's name. */
export function fieldPart(index: number): string {
  return `f${index}`;
}

/** Versions as 32-bit differences from the least where they fit, behind that as a double; else as doubles. */
export function encodeVersions(versions: Float64Array): Uint8Array {
  let least = Infinity;
  let most = 0;
  for (const version of versions) {
    least = Math.min(least, version);
    most = Math.max(most, version);
  }
  const narrow = most - least < 2 ** 32;
  const bytes = new Uint8Array(16 + versions.length * (narrow ? 4 : 8));
  new Float64Array(bytes.buffer, 0, 2).set([narrow ? 1 : 0, least]);
  if (narrow) new Uint32Array(bytes.buffer, 16).set(versions.map((version) => version - least));
  else new Float64Array(bytes.buffer, 16).set(versions);
  return bytes;
}

function decodeVersions(bytes: Uint8Array, documents: number): Float64Array {
  const [narrow, least = 0] = new Float64Array(bytes.buffer, bytes.byteOffset, 2);
  if (narrow !== 1) return new Float64Array(bytes.buffer, bytes.byteOffset + 16, documents);
  const more = new Uint32Array(bytes.buffer, bytes.byteOffset + 16, documents);
  const versions = new Float64Array(documents);
  for (let ordinal = 0; ordinal < documents; ordinal++) versions[ordinal] = least + (more[ordinal] as number); // in bounds
  return versions;
}

function readVersion(bytes: Uint8Array, ordinal: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const narrow = view.getFloat64(0, true) === 1;
  return narrow
    ? view.getFloat64(8, true) + view.getUint32(16 + 4 * ordinal, true)
    : view.getFloat64(16 + 8 * ordinal, true);
}
