/** The live segment: what was written since the last flush, in memory, searched like any other. */
import type { Fields } from "../../core/collection.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { hasBit, setBit } from "./bitmap.ts";
import { bitmapWords, SEGMENT_DOCUMENTS_MAX, type LiveColumns } from "./column-contract.ts";
import { LiveField } from "./live-field.ts";
import { LiveSkeletonField } from "./live-skeleton-field.ts";
import { LIVE_DOCUMENTS_MAX, LIVE_TEXT_MAX, LIVE_TOKENS_MAX } from "./limits.ts";
import { compareText, type Searchable } from "./searchable.ts";
import { GrowingSlots } from "./slots.ts";

/** A document as it is put: its text is what is kept, its value what is indexed. */
export interface PutDocument {
  id: string;
  version: number;
  json: string;
  value: JsonObject;
}

/** What a live segment makes of documents. */
export interface LiveSetting {
  /**
   * Whether text fields are indexed by their words; or not at all, where others do that; or whether the documents are skeletons
   * (skeletons.ts), which are not kept once they are indexed.
   */
  texts?: "words" | "none" | "skeletons";
  /** How many live segments share what one is bounded by; 1 when absent. */
  sharers?: number;
}

export class LiveSegment<C> implements Searchable<C> {
  documents = 0;
  readonly deleted = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));
  deletedCount = 0;
  readonly columns: C & LiveColumns;
  /** What bounds it: terms, and UTF-16 units of the documents' texts. */
  tokens = 0;
  text = 0;
  private readonly fields = new Map<string, LiveField>();
  private readonly ids: string[] = [];
  private readonly versions: number[] = [];
  private readonly texts: string[] = [];
  private readonly byId = new Map<string, number>();
  private readonly hashed = new GrowingSlots();
  private readonly keepsTexts: boolean;
  private readonly sharers: number;

  /** `predecessor`: the live segment before, if it was of the same declaration. */
  constructor(
    declared: Fields,
    columns: C & LiveColumns,
    predecessor?: LiveSegment<C>,
    { texts = "words", sharers = 1 }: LiveSetting = {},
  ) {
    this.columns = columns;
    this.keepsTexts = texts !== "skeletons";
    this.sharers = sharers;
    if (texts === "none") return;
    const Field = texts === "skeletons" ? LiveSkeletonField : LiveField;
    for (const [name, { type, language }] of Object.entries(declared)) {
      if (type === "text") this.fields.set(name, new Field(language, predecessor?.field(name)));
    }
  }

  /** Whether it is time to write it out. */
  get full(): boolean {
    const { sharers } = this;
    return (
      sharers * this.tokens >= LIVE_TOKENS_MAX ||
      sharers * this.text >= LIVE_TEXT_MAX ||
      sharers * this.documents >= LIVE_DOCUMENTS_MAX
    );
  }

  /** What may fail for one document, before anything has changed that is seen. The next `add` is of that document. */
  analyse(value: JsonObject): void {
    for (const [name, field] of this.fields) field.take(value, name);
  }

  /** Adds the document that was analysed last; its id is not here. */
  add({ id, version, json, value }: PutDocument): void {
    const ordinal = this.documents;
    for (const field of this.fields.values()) this.tokens += field.add(ordinal);
    this.columns.add(ordinal, value);
    this.ids.push(id);
    this.versions.push(version);
    this.texts.push(this.keepsTexts ? json : "");
    this.byId.set(id, ordinal);
    this.text += json.length;
    this.documents += 1;
  }

  delete(ordinal: number): void {
    if (hasBit(this.deleted, ordinal)) return;
    setBit(this.deleted, ordinal);
    this.deletedCount += 1;
    this.byId.delete(this.idOf(ordinal));
    for (const field of this.fields.values()) field.forget(ordinal);
  }

  field(name: string): LiveField | undefined {
    return this.fields.get(name);
  }

  find(id: string): number | undefined {
    return this.byId.get(id);
  }

  idOf(ordinal: number): string {
    return this.ids[ordinal] ?? "";
  }

  slots(): Uint16Array {
    return this.hashed.upTo(this.documents, (ordinal) => this.idOf(ordinal));
  }

  idOrder(): (a: number, b: number) => number {
    return (a, b) => compareText(this.idOf(a), this.idOf(b));
  }

  afterId(id: string): (ordinal: number) => boolean {
    return (ordinal) => this.idOf(ordinal) > id;
  }

  versionOf(ordinal: number): number {
    return this.versions[ordinal] ?? 0;
  }

  allVersions(): readonly number[] {
    return this.versions;
  }

  ordinalOf(id: string): number | undefined {
    return this.byId.get(id);
  }

  textOf(ordinal: number): string {
    return this.texts[ordinal] ?? "";
  }

  documentOf(ordinal: number): JsonObject {
    return JSON.parse(this.textOf(ordinal)) as JsonObject; // a document that was put
  }

  idsAfter(id: string): number[] {
    return [...this.byId]
      .filter(([other]) => other > id)
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([, ordinal]) => ordinal);
  }
}
