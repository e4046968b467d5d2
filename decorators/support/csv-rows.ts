/** CSV (RFC 4180), with any separator, and lines that end with LF, CR or both. */
import { isObject } from "../../core/document/values.ts";
import { Reject } from "../contract.ts";
import { ELEMENTS_MAX, TEXT_CHARS_MAX } from "../limits.ts";
import { textOf } from "./template.ts";

interface ParseOptions {
  columns: readonly string[] | undefined;
  /** The first line has names. */
  header: boolean;
  /** The text is one row. */
  single: boolean;
  separator: string;
  trim: boolean;
  emptyValue: string | null;
}

type Cell = string | null;

/** The rows of a text: objects where columns have names, else arrays; of a single one, itself. */
export function parseRows(value: unknown, options: ParseOptions): unknown {
  if (typeof value !== "string") throw new Reject("is no text.");
  const rows = cells(value, options);
  const heading = options.header ? rows.shift() : undefined;
  const columns = options.columns ?? heading?.map(textOf);
  if (columns === undefined) return options.single ? onlyRow(rows) : rows;
  if (new Set(columns).size < columns.length) throw new Reject("names a column twice.");
  const namesLength = columns.reduce((sum, name) => sum + name.length, 0);
  if (namesLength * rows.length > TEXT_CHARS_MAX)
    throw new Reject("becomes too large: its names are there in each row.");
  if (options.single) return toObject(onlyRow(rows), columns, 0);
  return rows.map((row, index) => toObject(row, columns, index));
}

function onlyRow(rows: readonly Cell[][]): Cell[] {
  const [row, ...others] = rows;
  if (row === undefined || others.length > 0)
    throw new Reject(`has ${rows.length} rows, where one is meant.`);
  return row;
}

/** What a row has no value for is left out. */
function toObject(row: readonly Cell[], columns: readonly string[], index: number): Record<string, Cell> {
  if (row.length > columns.length) {
    throw new Reject(`row ${index + 1} has ${row.length} values for ${columns.length} columns.`);
  }
  return Object.fromEntries(row.map((cell, at): [string, Cell] => [columns[at] ?? "", cell]));
}

/** One pass over the text: a value begins where the last one's separator or line ended. */
function cells(text: string, { separator, trim, emptyValue }: ParseOptions): Cell[][] {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let position = text.startsWith("\ufeff") ? 1 : 0;
  let values = 0;
  while (position < text.length || row.length > 0) {
    const cell = cellAt(text, position, separator, trim, rows.length + 1);
    row.push(cell.value === "" && !cell.quoted ? emptyValue : cell.value);
    values++;
    if (values > ELEMENTS_MAX * 10) throw new Reject("has too many values.");
    position = cell.end;
    if (text[position] === separator) {
      position++;
      continue;
    }
    if (rows.length === ELEMENTS_MAX) throw new Reject(`has more than ${ELEMENTS_MAX} rows.`);
    rows.push(row);
    row = [];
    if (text[position] === "\r") position++;
    if (text[position] === "\n") position++;
  }
  return rows;
}

/** `end`: where the separator, the line's end or the text's end is. */
function cellAt(text: string, start: number, separator: string, trim: boolean, row: number) {
  let from = start;
  if (trim) while (isBlank(text[from], separator)) from++;
  if (text[from] !== '"') {
    let end = from;
    while (end < text.length && text[end] !== separator && text[end] !== "\r" && text[end] !== "\n") end++;
    const value = text.slice(from, end);
    return { value: trim ? value.trim() : value, end, quoted: false };
  }
  let value = "";
  let position = from + 1;
  for (;;) {
    const quote = text.indexOf('"', position);
    if (quote === -1) throw new Reject(`a quote in row ${row} is not closed.`);
    value += text.slice(position, quote);
    position = quote + 1;
    if (text[position] !== '"') break;
    value += '"';
    position++;
  }
  if (trim) while (isBlank(text[position], separator)) position++;
  const next = text[position];
  if (next !== undefined && next !== separator && next !== "\r" && next !== "\n") {
    throw new Reject(`row ${row} goes on behind a closing quote.`);
  }
  return { value, end: position, quoted: true };
}

function isBlank(character: string | undefined, separator: string): boolean {
  return (character === " " || character === "\t") && character !== separator;
}

/** Rows as text, each line ended by CR LF. */
export function serializeRows(
  value: unknown,
  options: { columns: readonly string[] | undefined; header: boolean; separator: string },
): string {
  if (!Array.isArray(value)) throw new Reject("is no array of rows.");
  const { separator } = options;
  const first: unknown = value[0];
  const columns = options.columns ?? (isObject(first) ? Object.keys(first) : undefined);
  let text = options.header && columns !== undefined ? line(columns, separator) : "";
  for (const row of value) {
    if (Array.isArray(row)) text += line(row, separator);
    else if (isObject(row) && columns !== undefined)
      text += line(
        columns.map((name) => own(row, name)),
        separator,
      );
    else throw new Reject("has a row that is no object and no array.");
    if (text.length > TEXT_CHARS_MAX) throw new Reject("becomes too long a text.");
  }
  return text;
}

function own(row: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

function line(values: readonly unknown[], separator: string): string {
  return `${values.map((value) => quoteIfNeeded(textOf(value), separator)).join(separator)}\r\n`;
}

function quoteIfNeeded(text: string, separator: string): string {
  const needs = text.includes(separator) || /["\r\n]|^\s|\s$/.test(text);
  return needs ? `"${text.replaceAll('"', '""')}"` : text;
}
