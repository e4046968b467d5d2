/** The text table of a new segment: the entries of several tables that are still in use, merged in their order. */
import type { Part } from "../column-contract.ts";
import { codesFrom, codesTo, type Column } from "./column.ts";
import type { Source } from "./encode.ts";
import { DictionaryWriter, type DictionaryMeta } from "./text-dictionary.ts";
import { compareEntries, type TextEntry, type TextTable } from "./text-table.ts";

/** Entries after which there is a pause: an entry costs a microsecond or two. */
const PAUSE_ENTRIES = 2_048;

/** What becomes of one source's codes. */
interface Cursor {
  /** Codes in use, rising; those before `at` have been merged. */
  used: Uint32Array;
  at: number;
  /** The new code of each old one. */
  codes: Uint32Array;
  /** The entry at `at`; undefined: no more. */
  entry: TextEntry | undefined;
}

/** Yields the table's parts; returns what its reader has to know, and for each source the new code of each old one. */
export function* mergeTexts(
  name: string,
  unitsMax: number,
  field: string,
  sources: Source[],
): Generator<Part | undefined, { meta: DictionaryMeta; codes: Uint32Array[] }> {
  const cursors = sources.map((source) => cursorOf(source, field));
  const writer = new DictionaryWriter(name, unitsMax);
  let tables = tablesOf(field, sources);
  for (const [index, cursor] of cursors.entries()) cursor.entry = entryAt(tables[index], cursor);
  for (let size = 1; ; size++) {
    const least = leastOf(cursors);
    if (least === undefined) break;
    yield* writer.add(least);
    for (const [index, cursor] of cursors.entries()) {
      if (cursor.entry === undefined || compareEntries(cursor.entry, least) !== 0) continue;
      cursor.codes[cursor.used[cursor.at++] ?? 0] = size;
      cursor.entry = entryAt(tables[index], cursor);
    }
    if (size % PAUSE_ENTRIES === 0) {
      yield undefined;
      // What a table has read is the cache's, and not kept over a pause.
      tables = tablesOf(field, sources);
    }
  }
  const meta = yield* writer.finish();
  return { meta, codes: cursors.map(({ codes }) => codes) };
}

function cursorOf({ columns, newOrdinals }: Source, field: string): Cursor {
  const column = columns.column(field);
  if (column === undefined) {
    return { used: new Uint32Array(), at: 0, codes: new Uint32Array(), entry: undefined };
  }
  const size = sizeOf(column);
  const isUsed = new Uint8Array(size + 1);
  for (let ordinal = 0; ordinal < newOrdinals.length; ordinal++) {
    if ((newOrdinals[ordinal] ?? -1) < 0) continue;
    const to = codesTo(column, ordinal);
    for (let at = codesFrom(column, ordinal); at < to; at++) isUsed[column.codes[at] ?? 0] = 1;
  }
  const used = Uint32Array.from(isUsed.keys()).filter((code) => isUsed[code] === 1);
  return { used, at: 0, codes: new Uint32Array(size + 1), entry: undefined };
}

function sizeOf({ table }: Column): number {
  return table.kind === "texts" ? table.size : 0;
}

function tablesOf(field: string, sources: Source[]): (TextTable | undefined)[] {
  return sources.map(({ columns }) => {
    const table = columns.column(field)?.table;
    return table?.kind === "texts" ? table : undefined;
  });
}

function entryAt(table: TextTable | undefined, { used, at }: Cursor): TextEntry | undefined {
  const code = used[at];
  if (table === undefined || code === undefined) return undefined;
  return { text: table.at(code), cut: table.isCut(code) };
}

function leastOf(cursors: readonly Cursor[]): TextEntry | undefined {
  let least: TextEntry | undefined;
  for (const { entry } of cursors) {
    if (entry !== undefined && (least === undefined || compareEntries(entry, least) < 0)) least = entry;
  }
  return least;
}
