/** A live column of texts. Entries get numbers as they come; a reader sees codes in the order of the entries. */
import type { FieldType } from "../../../core/collection.ts";
import type { Column, ColumnValue } from "./column.ts";
import { GrowingCodes } from "./growing-codes.ts";
import { compareEntries, entryOf, unitsMaxOf, type TextEntry, type TextTable } from "./text-table.ts";

/** What a Map's entry, an object and a string take in V8, about. */
const ENTRY_BYTES = 120;

export class LiveTexts {
  private readonly type: FieldType;
  private readonly unitsMax: number;
  /** By number, from 0. */
  private readonly entries: TextEntry[] = [];
  /** Numbers of whole entries and of cut ones. */
  private readonly whole = new Map<string, number>();
  private readonly cut = new Map<string, number>();
  private readonly codes = new GrowingCodes((length) => new Uint32Array(length), 0);
  private textBytes = 0;
  /** Numbers in the order of their entries, as far as a reader has asked. */
  private sorted: number[] = [];

  constructor(type: FieldType) {
    this.type = type;
    this.unitsMax = unitsMaxOf(type);
  }

  get bytes(): number {
    return this.codes.bytes + this.textBytes;
  }

  add(ordinal: number, values: readonly ColumnValue[]): void {
    const entries = values.map((value) => entryOf(String(value), this.unitsMax));
    const sorted = entries.length > 1 ? entries.toSorted(compareEntries) : entries;
    this.codes.add(
      ordinal,
      sorted.map((entry) => this.numberOf(entry) + 1),
    );
  }

  column(documents: number): Column {
    this.sortEntries();
    const { sorted } = this;
    const ranks = new Uint32Array(sorted.length + 1);
    for (const [index, number] of sorted.entries()) ranks[number + 1] = index + 1;
    const { codes, ...rest } = this.codes.column(documents);
    const ranked = codes.map((code) => ranks[code] ?? 0);
    return { type: this.type, ...rest, codes: ranked, table: this.table(sorted) };
  }

  private table(sorted: readonly number[]): TextTable {
    const entry = (code: number): TextEntry | undefined => this.entries[sorted[code - 1] ?? -1];
    return {
      kind: "texts",
      size: sorted.length,
      unitsMax: this.unitsMax,
      anyCut: this.cut.size > 0,
      at: (code) => entry(code)?.text ?? "",
      isCut: (code) => entry(code)?.cut ?? false,
    };
  }

  private numberOf(entry: TextEntry): number {
    const numbers = entry.cut ? this.cut : this.whole;
    const known = numbers.get(entry.text);
    if (known !== undefined) return known;
    const number = this.entries.length;
    this.entries.push(entry);
    numbers.set(entry.text, number);
    this.textBytes += ENTRY_BYTES + 2 * entry.text.length;
    return number;
  }

  /** Sorts the entries that are new, and merges them in: a search after each write would else sort all each time. */
  private sortEntries(): void {
    const old = this.sorted;
    const compare = (a: number, b: number): number => {
      const left = this.entries[a];
      const right = this.entries[b];
      return left === undefined || right === undefined ? 0 : compareEntries(left, right);
    };
    const added = this.entries.keys().drop(old.length).toArray().toSorted(compare);
    if (added.length === 0) return;
    const merged: number[] = [];
    let at = 0;
    for (const number of added) {
      for (let other = old[at]; other !== undefined && compare(other, number) < 0; other = old[++at]) {
        merged.push(other);
      }
      merged.push(number);
    }
    this.sorted = merged.concat(old.slice(at));
  }
}
