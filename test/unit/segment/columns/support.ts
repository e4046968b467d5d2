/** Segments as tests make them: live, stored, and merged from several with documents gone. */
import fc from "fast-check";
import type { Fields } from "../../../../core/collection.ts";
import { slotOf } from "../../../../core/slots.ts";
import type { JsonObject } from "../../../../core/document/values.ts";
import {
  PART_BYTES_MAX,
  type ColumnSource,
  type PartReader,
} from "../../../../shard-workers/segment/column-contract.ts";
import {
  columnModule,
  type ColumnView,
  type SegmentColumns,
} from "../../../../shard-workers/segment/columns/index.ts";

export const FIELDS: Fields = {
  n: { type: "number" },
  "o.n": { type: "number" },
  k: { type: "keyword" },
  t: { type: "text" },
  d: { type: "date" },
  b: { type: "boolean" },
};

/** A document and the id that the segment knows it by. */
export interface TestDocument {
  id: string;
  value: JsonObject;
}

export function viewOf(columns: SegmentColumns, documents: readonly TestDocument[]): ColumnView {
  return {
    columns,
    documents: documents.length,
    idOf: (ordinal) => documents[ordinal]?.id ?? "",
    ordinalOf: (id) => {
      const ordinal = documents.findIndex((document) => document.id === id);
      return ordinal < 0 ? undefined : ordinal;
    },
    slots: () => Uint16Array.from(documents, ({ id }) => slotOf(id)),
    documentOf: (ordinal) => documents[ordinal]?.value ?? {},
  };
}

export function liveView(documents: readonly TestDocument[], fields = FIELDS): ColumnView {
  const columns = columnModule.createLive(fields);
  documents.forEach(({ value }, ordinal) => {
    columns.add(ordinal, value);
  });
  return viewOf(columns, documents);
}

/** The parts of an encoding, as the engine's cache would give them: aligned, and gone after a call. */
export function encodeParts(
  fields: Fields,
  documents: number,
  sources: ColumnSource<SegmentColumns>[],
): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>();
  for (const part of columnModule.encode(fields, documents, sources)) {
    if (part === undefined) continue;
    if (part.bytes.length > PART_BYTES_MAX) throw new Error(`${part.name} has ${part.bytes.length} bytes`);
    if (parts.has(part.name)) throw new Error(`${part.name} is there twice`);
    parts.set(part.name, part.bytes.slice());
  }
  return parts;
}

export function readerOf(parts: ReadonlyMap<string, Uint8Array>): PartReader {
  return { read: (name) => parts.get(name)?.slice() };
}

/** A source whose documents are kept where `keep` says so; new ordinals begin at `from`. */
export function sourceOf(
  view: ColumnView,
  keep: readonly boolean[],
  from: number,
): ColumnSource<SegmentColumns> {
  let next = from;
  const newOrdinals = Int32Array.from({ length: view.documents }, (_, ordinal) =>
    keep[ordinal] === false ? -1 : next++,
  );
  return { columns: view.columns, documents: view.documents, newOrdinals };
}

/** One stored segment of several, without the documents that `gone` names by id. */
export function mergedView(
  groups: readonly { view: ColumnView; documents: readonly TestDocument[] }[],
  gone: ReadonlySet<string> = new Set(),
  fields = FIELDS,
): { view: ColumnView; documents: TestDocument[] } {
  const documents = groups.flatMap((group) => group.documents.filter(({ id }) => !gone.has(id)));
  let from = 0;
  const sources = groups.map((group) => {
    const source = sourceOf(
      group.view,
      group.documents.map(({ id }) => !gone.has(id)),
      from,
    );
    from += group.documents.filter(({ id }) => !gone.has(id)).length;
    return source;
  });
  const parts = encodeParts(fields, documents.length, sources);
  return { view: viewOf(columnModule.open(fields, documents.length, readerOf(parts)), documents), documents };
}

const DAY_MS = 86_400_000;

/** Longer than a text column keeps, alike at the beginning; a keyword column keeps them whole. */
const longTexts = [
  ...["a", "ab", "abc", "b"].map((end) => `${"prefix of a long text ".repeat(2)}${end}`),
  // Just what is kept of the others.
  "prefix of a long text pr",
];
/** Longer than a keyword column keeps. */
const longKeywords = ["x", "y"].map((end) => `${"k".repeat(1_100)}${end}`);

export const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(-2, -1, 0, -0, 1, 2, 3, 2.5, 7.9) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e-310) },
);
export const texts = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "ab", "b", "ba", "B", "", "it's", "10", "9", "true") },
  { weight: 2, arbitrary: fc.constantFrom(...longTexts, ...longKeywords) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "\u{1f600}",
      "\ud83d",
      "\uffff",
      "a\u0000b",
      "é",
      `${"z".repeat(23)}\u{1f600}z`,
    ),
  },
);
export const dates = fc.constantFrom<string | number>(
  0,
  DAY_MS,
  2 * DAY_MS,
  DAY_MS + 1,
  -1.5,
  -0.5,
  1.2,
  1.7,
  "1999-12-31T23:59:59Z",
  "2020-02-29",
);

/** A field's value: nothing, one, several, arrays in arrays, and what is of another type. */
function shaped(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(undefined, null, [], [null]) },
    { weight: 6, arbitrary: value },
    { weight: 2, arbitrary: fc.array(value, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(null), fc.array(value, { maxLength: 3 }), value) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>({}, "wrong", 4, true) },
  );
}

const values: fc.Arbitrary<JsonObject> = fc
  .record({
    n: shaped(numbers),
    o: fc.oneof(fc.record({ n: shaped(numbers) }), fc.array(fc.record({ n: numbers }), { maxLength: 2 })),
    k: shaped(texts),
    t: shaped(texts),
    d: shaped(dates),
    b: shaped(fc.boolean()),
  })
  // As it is stored: JSON has no undefined, and only one zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

/** Documents with ids that are no more in order than ULIDs of several writers are. */
export function documentsOf(maxLength: number): fc.Arbitrary<TestDocument[]> {
  return fc
    .array(values, { maxLength })
    .map((all) => all.map((value, index) => ({ id: `${(index * 7919) % 101}-${index}`, value })));
}
