/** The columns of a live segment: they take documents one by one, and are read as any other. */
import type { Fields, FieldType } from "../../../core/collection.ts";
import { pathReader } from "../../../core/cesql/paths.ts";
import { typedValue, type JsonObject } from "../../../core/document/values.ts";
import type { LiveColumns } from "../column-contract.ts";
import { BOOLEANS, RAW, type Column, type ColumnValue, type SegmentColumns } from "./column.ts";
import { GrowingCodes } from "./growing-codes.ts";
import { LiveTexts } from "./live-texts.ts";

interface LiveField {
  field: string;
  type: FieldType;
  read: ReturnType<typeof pathReader>;
  column: LiveColumn | undefined;
}

interface LiveColumn {
  readonly bytes: number;
  add(ordinal: number, values: readonly ColumnValue[]): void;
  column(documents: number): Column;
}

export class LiveSegmentColumns implements SegmentColumns, LiveColumns {
  private readonly fields: LiveField[];
  private documents = 0;

  constructor(fields: Fields) {
    this.fields = Object.entries(fields).map(([field, { type }]) => ({
      field,
      type,
      read: pathReader(field.split("."), (value) => typedValue(value, type)),
      column: undefined,
    }));
  }

  get bytes(): number {
    return this.fields.reduce((sum, { column }) => sum + (column?.bytes ?? 0), 0);
  }

  add(ordinal: number, document: JsonObject): void {
    for (const entry of this.fields) {
      const values = entry.read(document);
      if (values === undefined) continue;
      entry.column ??= createLiveColumn(entry.type);
      entry.column.add(ordinal, typeof values === "object" ? values : [values]);
    }
    this.documents = ordinal + 1;
  }

  column(field: string): Column | undefined {
    return this.fields.find((entry) => entry.field === field)?.column?.column(this.documents);
  }
}

function createLiveColumn(type: FieldType): LiveColumn {
  switch (type) {
    case "text":
    case "keyword":
      return new LiveTexts(type);
    case "boolean":
      return new LiveBooleans();
    case "number":
    case "date":
      return new LiveNumbers(type);
  }
}

class LiveNumbers implements LiveColumn {
  private readonly type: FieldType;
  private readonly codes = new GrowingCodes(
    (length) => new Float64Array(length).fill(Number.NaN),
    Number.NaN,
  );

  constructor(type: FieldType) {
    this.type = type;
  }

  get bytes(): number {
    return this.codes.bytes;
  }

  /** What JSON can't hold (a number that overflowed when it was parsed) is stored as null, and is no value. */
  add(ordinal: number, values: readonly ColumnValue[]): void {
    const numbers = values.map((value) => Number(value) + 0).filter((value) => Number.isFinite(value));
    this.codes.add(ordinal, numbers.length > 1 ? numbers.toSorted((a, b) => a - b) : numbers);
  }

  column(documents: number): Column {
    return { type: this.type, ...this.codes.column(documents), table: RAW };
  }
}

class LiveBooleans implements LiveColumn {
  private readonly codes = new GrowingCodes((length) => new Uint32Array(length), 0);

  get bytes(): number {
    return this.codes.bytes;
  }

  add(ordinal: number, values: readonly ColumnValue[]): void {
    const codes = values.map((value) => (value === true ? 2 : 1));
    this.codes.add(
      ordinal,
      codes.toSorted((a, b) => a - b),
    );
  }

  column(documents: number): Column {
    return { type: "boolean", ...this.codes.column(documents), table: BOOLEANS };
  }
}
