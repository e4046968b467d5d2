/**
 * Conditions on a single field as sets of codes. For texts that are cut the codes may not decide: then the condition
 * says which codes to ask about, and what to ask of a whole text.
 */
import { compileLike } from "../../../core/cesql/like.ts";
import type { CesqlValue, ComparisonOperator } from "../../../core/cesql/index.ts";
import { NO_CODES, type CodeSet } from "./code-set.ts";
import { valueOf, type BooleanTable, type NumberTable, type ValueTable } from "./column.ts";
import { literalPrefix } from "./like-prefix.ts";
import { nextAbove, nextBelow } from "./neighbours.ts";
import { numberLowerBound } from "./number-tables.ts";
import { codeOf, codesWithPrefix, entryOf, lowerBound, type TextTable } from "./text-table.ts";

export interface Condition {
  /** Codes of which one is enough. */
  yes: CodeSet;
  /** Codes of cut texts that may match: whether one does, `matches` says of the whole text. */
  ask?: { codes: CodeSet; matches: (text: string) => boolean };
}

/** `!=` is the negation of `=`, absent fields and all; it is no condition of its own. */
export type Comparison = Exclude<ComparisonOperator, "!=">;

export const NEVER: Condition = { yes: NO_CODES };

/** A value compared with a literal; undefined: they are of different types, which is for the evaluator to judge. */
export function comparisonCondition(
  table: ValueTable,
  operator: Comparison,
  value: CesqlValue,
): Condition | undefined {
  switch (table.kind) {
    case "raw":
      return typeof value === "number" ? { yes: rawRange(operator, value) } : undefined;
    case "numbers":
      return typeof value === "number" ? { yes: numberRange(table, operator, value) } : undefined;
    case "booleans":
      return typeof value === "boolean" && operator === "=" ? { yes: booleanRange(table, value) } : undefined;
    case "texts":
      return typeof value === "string" ? textComparison(table, operator, value) : undefined;
  }
}

/** A value that is in a list of literals. */
export function listCondition(table: ValueTable, values: readonly CesqlValue[]): Condition | undefined {
  if (table.kind === "raw") {
    const numbers = values.filter((value) => typeof value === "number");
    return numbers.length === values.length ? { yes: { kind: "list", codes: new Set(numbers) } } : undefined;
  }
  const codes = new Set<number>();
  const asked = new Set<number>();
  for (const value of values) {
    const condition = comparisonCondition(table, "=", value);
    if (condition === undefined) return undefined;
    addRange(codes, condition.yes);
    if (condition.ask !== undefined) addRange(asked, condition.ask.codes);
  }
  const yes: CodeSet = table.size <= MASK_MAX ? maskOf(codes, table.size) : { kind: "list", codes };
  const wanted = new Set<CesqlValue>(values);
  if (asked.size === 0) return { yes };
  return { yes, ask: { codes: { kind: "list", codes: asked }, matches: (text) => wanted.has(text) } };
}

/** Once for each distinct text, not for each document. */
export function likeCondition(table: TextTable, pattern: string): Condition {
  const matches = compileLike(pattern);
  const { prefix, isPrefixOnly } = literalPrefix(pattern);
  const range = codesWithPrefix(table, prefix.slice(0, table.unitsMax));
  const isDecided = isPrefixOnly && prefix.length <= table.unitsMax;
  if (isDecided) return { yes: { kind: "range", ...range } };
  const mask = new Uint8Array(table.size + 1);
  const asked = new Uint8Array(table.anyCut ? table.size + 1 : 0);
  for (let code = range.from; code <= range.to; code++) {
    if (table.isCut(code)) asked[code] = 1;
    else mask[code] = Number(matches(table.at(code)));
  }
  const yes: CodeSet = { kind: "mask", mask };
  return asked.includes(1) ? { yes, ask: { codes: { kind: "mask", mask: asked }, matches } } : { yes };
}

/** Any value at all. */
export function presenceCondition(table: ValueTable): Condition {
  return {
    yes: {
      kind: "range",
      ...(table.kind === "raw" ? { from: -Infinity, to: Infinity } : { from: 1, to: table.size }),
    },
  };
}

/** A mask of a larger table costs more to make than a list does to look up. */
const MASK_MAX = 2 ** 20;

function maskOf(codes: ReadonlySet<number>, size: number): CodeSet {
  const mask = new Uint8Array(size + 1);
  for (const code of codes) mask[code] = 1;
  return { kind: "mask", mask };
}

/** The codes of an equality: one at most. */
function addRange(codes: Set<number>, set: CodeSet): void {
  if (set.kind === "range" && set.from <= set.to) codes.add(set.from);
}

function rawRange(operator: Comparison, value: number): CodeSet {
  return rangeOf(operator, value, value, nextBelow(value), nextAbove(value), -Infinity, Infinity);
}

function numberRange(table: NumberTable, operator: Comparison, value: number): CodeSet {
  const first = numberLowerBound(table, value);
  const last = first <= table.size && valueOf(table, first) === value ? first : first - 1;
  return rangeOf(operator, first, last, first - 1, last + 1, 1, table.size);
}

function booleanRange(table: BooleanTable, value: boolean): CodeSet {
  const code = table.at(1) === value ? 1 : 2;
  return { kind: "range", from: code, to: code };
}

/** `first` to `last` are the codes that are equal. */
function rangeOf(
  operator: Comparison,
  first: number,
  last: number,
  below: number,
  above: number,
  least: number,
  greatest: number,
): CodeSet {
  switch (operator) {
    case "=":
      return { kind: "range", from: first, to: last };
    case "<":
      return { kind: "range", from: least, to: below };
    case "<=":
      return { kind: "range", from: least, to: last };
    case ">":
      return { kind: "range", from: above, to: greatest };
    case ">=":
      return { kind: "range", from: first, to: greatest };
  }
}

function textComparison(table: TextTable, operator: Comparison, value: string): Condition {
  const entry = entryOf(value, table.unitsMax);
  const first = lowerBound(table, entry);
  const same = codeOf(table, entry);
  if (same === undefined || !entry.cut) {
    const last = same ?? first - 1;
    return { yes: rangeOf(operator, first, last, first - 1, last + 1, 1, table.size) };
  }
  // Whether a text with the same beginning is equal, less or greater, only the whole text says.
  const less: CodeSet = { kind: "range", from: 1, to: same - 1 };
  const greater: CodeSet = { kind: "range", from: same + 1, to: table.size };
  return {
    yes: operator === "=" ? NO_CODES : operator === "<" || operator === "<=" ? less : greater,
    ask: { codes: { kind: "range", from: same, to: same }, matches: textTest(operator, value) },
  };
}

function textTest(operator: Comparison, value: string): (text: string) => boolean {
  switch (operator) {
    case "=":
      return (text) => text === value;
    case "<":
      return (text) => text < value;
    case "<=":
      return (text) => text <= value;
    case ">":
      return (text) => text > value;
    case ">=":
      return (text) => text >= value;
  }
}
