/** The columns of an immutable segment, read from its parts when a query asks for one. */
import type { Fields, FieldType } from "../../../core/collection.ts";
import type { PartReader } from "../column-contract.ts";
import { BOOLEANS, type Codes, type Column, type SegmentColumns, type ValueTable } from "./column.ts";
import { DictionaryReader, type DictionaryMeta } from "./text-dictionary.ts";
import { numberTable, type NumberMeta } from "./number-tables.ts";
import { asArray, readPart } from "./typed-bytes.ts";

/** What a column's parts are. Plain data, stored as JSON; a column without any value has no parts at all. */
export interface ColumnMeta {
  table: NumberMeta | { kind: "booleans" } | ({ kind: "texts" } & DictionaryMeta);
  codes: StoredArray;
  /** Absent: a code a document. */
  starts?: StoredArray;
}

/** An array in pieces, or one of ones alone, which is not stored: every document has the same value. */
export type StoredArray = { width: 1 | 2 | 4 | 8; pieces: number } | { ones: true };

/** Where a column's parts are. The type is in the name: a column of another type is not this field's. */
export function columnName(field: string, type: FieldType): string {
  return `column/${type}/${field}`;
}

export class StoredColumns implements SegmentColumns {
  private readonly fields: Fields;
  private readonly documents: number;
  private readonly parts: PartReader;
  /** A few hundred bytes a column; null: the segment has none. */
  private readonly metas = new Map<string, ColumnMeta | null>();

  constructor(fields: Fields, documents: number, parts: PartReader) {
    this.fields = fields;
    this.documents = documents;
    this.parts = parts;
  }

  column(field: string): Column | undefined {
    const type = Object.hasOwn(this.fields, field) ? this.fields[field]?.type : undefined;
    if (type === undefined) return undefined;
    const name = columnName(field, type);
    const meta = this.metaOf(name);
    if (meta === null) return undefined;
    const codes =
      "ones" in meta.codes ? new Uint8Array(this.documents).fill(1) : this.array(`${name}/codes`, meta.codes);
    const starts = meta.starts === undefined ? undefined : this.array(`${name}/starts`, meta.starts);
    return {
      type,
      documents: this.documents,
      codes,
      starts: starts instanceof Uint32Array ? starts : undefined,
      table: this.tableOf(name, meta.table),
    };
  }

  private metaOf(name: string): ColumnMeta | null {
    const known = this.metas.get(name);
    if (known !== undefined) return known;
    const bytes = this.parts.read(`${name}/meta`);
    // Its own writing, under a checksum.
    const meta = bytes === undefined ? null : (JSON.parse(new TextDecoder().decode(bytes)) as ColumnMeta);
    this.metas.set(name, meta);
    return meta;
  }

  private tableOf(name: string, meta: ColumnMeta["table"]): ValueTable {
    if (meta.kind === "texts") return new DictionaryReader(name, meta, this.parts);
    if (meta.kind === "booleans") return BOOLEANS;
    return numberTable(meta, () => asArray(readPart(this.parts, `${name}/list`), Float64Array));
  }

  private array(name: string, stored: StoredArray): Codes {
    if ("ones" in stored) return new Uint8Array();
    const bytes = this.bytes(name, stored.pieces);
    switch (stored.width) {
      case 1:
        return bytes;
      case 2:
        return asArray(bytes, Uint16Array);
      case 4:
        return asArray(bytes, Uint32Array);
      case 8:
        return asArray(bytes, Float64Array);
    }
  }

  /** Only many values a document make more than one piece. */
  private bytes(name: string, pieces: number): Uint8Array {
    const first = readPart(this.parts, `${name}.0`);
    if (pieces === 1) return first;
    const others = Array.from({ length: pieces - 1 }, (_, index) =>
      readPart(this.parts, `${name}.${index + 1}`),
    );
    const joined = new Uint8Array(others.reduce((sum, piece) => sum + piece.length, first.length));
    let at = 0;
    for (const piece of [first, ...others]) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}
