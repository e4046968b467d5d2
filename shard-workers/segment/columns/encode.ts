/** Encoding the columns of a new segment from those of others, without a look at the documents. */
import type { Fields, FieldType } from "../../../core/collection.ts";
import { PART_BYTES_MAX, type ColumnSource, type Part } from "../column-contract.ts";
import { codesFrom, codesTo, valueOf, type Codes, type Column, type SegmentColumns } from "./column.ts";
import { mergeTexts } from "./merge-texts.ts";
import { codesOfSize, encodeNumbers } from "./number-tables.ts";
import { columnName, type ColumnMeta, type StoredArray } from "./stored-columns.ts";
import { bytesOf } from "./typed-bytes.ts";
import { unitsMaxOf } from "./text-table.ts";

export type Source = ColumnSource<SegmentColumns>;

type Encoding = Generator<Part | undefined, void>;

/** Documents after which there is a pause: a document costs well below a microsecond here. */
const PAUSE_DOCUMENTS = 16_384;

/** `ColumnModule.encode`. */
export function* encodeColumns(fields: Fields, documents: number, sources: Source[]): Encoding {
  for (const [field, { type }] of Object.entries(fields)) {
    yield* encodeColumn(field, type, documents, sources);
    yield undefined;
  }
}

function* encodeColumn(field: string, type: FieldType, documents: number, sources: Source[]): Encoding {
  const shape = shapeOf(field, documents, sources);
  if (shape.values === 0) return;
  const name = columnName(field, type);
  let codes: Codes;
  let table: ColumnMeta["table"];
  if (type === "text" || type === "keyword") {
    const merged = yield* mergeTexts(name, unitsMaxOf(type), field, sources);
    const target = codesOfSize(merged.meta.size, shape.length);
    yield* fillCodes(field, sources, shape, target, (source, code) => merged.codes[source]?.[code] ?? 0);
    codes = target;
    table = { kind: "texts", ...merged.meta };
  } else if (type === "boolean") {
    const target = codesOfSize(2, shape.length);
    yield* fillCodes(field, sources, shape, target, (_, code) => code);
    codes = target;
    table = { kind: "booleans" };
  } else {
    const numbers = new Float64Array(shape.length).fill(Number.NaN);
    yield* fillCodes(field, sources, shape, numbers, (_, code, column) =>
      Number(valueOf(column.table, code)),
    );
    const encoded = encodeNumbers(numbers);
    if (encoded.list !== undefined) yield { name: `${name}/list`, bytes: bytesOf(encoded.list) };
    codes = encoded.codes;
    table = encoded.meta;
  }
  const isOnes = shape.starts === undefined && codes.every((code) => code === 1) && table.kind !== "raw";
  const meta: ColumnMeta = {
    table,
    codes: isOnes ? { ones: true } : yield* putPieces(`${name}/codes`, codes),
    ...(shape.starts === undefined ? {} : { starts: yield* putPieces(`${name}/starts`, shape.starts) }),
  };
  yield { name: `${name}/meta`, bytes: new TextEncoder().encode(JSON.stringify(meta)) };
}

/** How many values there are, and where they go. */
interface Shape {
  values: number;
  /** Of the array of codes. */
  length: number;
  /** Present when a document has several values. */
  starts: Uint32Array | undefined;
}

function shapeOf(field: string, documents: number, sources: Source[]): Shape {
  const counts = new Uint32Array(documents + 1);
  let values = 0;
  let several = false;
  for (const { columns, newOrdinals } of sources) {
    const column = columns.column(field);
    if (column === undefined) continue;
    for (let ordinal = 0; ordinal < newOrdinals.length; ordinal++) {
      const target = newOrdinals[ordinal] ?? -1;
      if (target < 0) continue;
      const count = codesTo(column, ordinal) - codesFrom(column, ordinal);
      counts[target + 1] = count;
      values += count;
      several ||= count > 1;
    }
  }
  if (!several) return { values, length: documents, starts: undefined };
  for (let ordinal = 1; ordinal < counts.length; ordinal++) {
    counts[ordinal] = (counts[ordinal] ?? 0) + (counts[ordinal - 1] ?? 0);
  }
  return { values, length: values, starts: counts };
}

/** Puts every surviving document's codes into their new place. */
function* fillCodes(
  field: string,
  sources: Source[],
  { starts }: Shape,
  target: Codes,
  convert: (source: number, code: number, column: Column) => number,
): Encoding {
  for (const [index, { columns, newOrdinals }] of sources.entries()) {
    for (let from = 0; from < newOrdinals.length; from += PAUSE_DOCUMENTS) {
      // Asked for again after each pause: what it reads is the cache's, and not kept.
      const column = columns.column(field);
      if (column === undefined) break;
      for (let ordinal = from; ordinal < Math.min(from + PAUSE_DOCUMENTS, newOrdinals.length); ordinal++) {
        const place = newOrdinals[ordinal] ?? -1;
        if (place < 0) continue;
        let at = starts === undefined ? place : (starts[place] ?? 0);
        const to = codesTo(column, ordinal);
        for (let code = codesFrom(column, ordinal); code < to; code++) {
          target[at++] = convert(index, column.codes[code] ?? 0, column);
        }
      }
      yield undefined;
    }
  }
}

function* putPieces(name: string, array: Codes): Generator<Part, StoredArray> {
  const bytes = bytesOf(array);
  // Whole values in every piece.
  const pieceBytes = PART_BYTES_MAX - (PART_BYTES_MAX % 8);
  const pieces = Math.max(1, Math.ceil(bytes.length / pieceBytes));
  for (let piece = 0; piece < pieces; piece++) {
    yield { name: `${name}.${piece}`, bytes: bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes) };
  }
  return { width: widthOf(array), pieces };
}

function widthOf(array: Codes): 1 | 2 | 4 | 8 {
  if (array instanceof Uint8Array) return 1;
  if (array instanceof Uint16Array) return 2;
  return array instanceof Uint32Array ? 4 : 8;
}
