/**
 * CESQL's tokens (CloudEvents SQL 1.0, sections 2.2 to 2.4), with Umbel's additions: decimals and exponents, names in
 * either case and with underscores, dotted paths, and names in backticks. One pass, whatever the text.
 */
import { Fault, quoted } from "./faults.ts";

export type Keyword = "AND" | "OR" | "XOR" | "NOT" | "LIKE" | "IN" | "EXISTS" | "TRUE" | "FALSE";

export type SymbolText =
  | "("
  | ")"
  | ","
  | "="
  | "!="
  | "<>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

export type Token = { position: number; end: number } & (
  | { kind: "keyword"; keyword: Keyword }
  | { kind: "symbol"; symbol: SymbolText }
  | { kind: "number"; value: number; decimal: boolean }
  | { kind: "string"; value: string }
  /** `bare`: one segment without backticks, which may also be a function's name. */
  | { kind: "path"; path: string[]; bare: boolean }
  | { kind: "end" }
);

/** A path costs a step into the data for each of its segments. */
export const PATH_SEGMENTS_MAX = 32;

const KEYWORDS = new Map<string, Keyword>(
  (["AND", "OR", "XOR", "NOT", "LIKE", "IN", "EXISTS", "TRUE", "FALSE"] as const).map((word) => [word, word]),
);

/** The longer first. */
const SYMBOLS: readonly SymbolText[] = [
  ...(["!=", "<>", "<=", ">="] as const),
  ...(["(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%"] as const),
];

/** What people type who come from another language, and what to type here. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["==", "="],
  ["&&", "AND"],
  ["||", "OR"],
  ["!", "NOT"],
];

const SPACE = /[ \t\r\n]+/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z0-9_`.])/y;
const NAME = /[A-Za-z0-9_]+/y;
const QUOTED_NAME = /`((?:[^`]|``)+)`/y;

/** The tokens of a text, an `end` last. Throws a Fault where the text has none. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += matchAt(SPACE, text, position)?.[0].length ?? 0;
    if (position >= text.length) break;
    const token = tokenAt(text, position);
    tokens.push(token);
    position = token.end;
  }
  tokens.push({ kind: "end", position, end: position });
  return tokens;
}

/** A token as a message shows it. */
export function describeToken(token: Token, text: string): string {
  return token.kind === "end" ? "the end" : quoted(text.slice(token.position, token.end));
}

function tokenAt(text: string, position: number): Token {
  const character = text.charAt(position);
  if (character === "'" || character === '"') return stringAt(text, position, character);
  const number = matchAt(NUMBER, text, position)?.[0];
  if (number !== undefined) return numberToken(number, position);
  if (/[A-Za-z0-9_`]/.test(character)) return nameAt(text, position);
  for (const [foreign, ours] of FOREIGN) {
    if (text.startsWith(foreign, position) && !text.startsWith("!=", position)) {
      throw new Fault("parse", position, `CESQL has no '${foreign}': write ${ours}`);
    }
  }
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, position));
  if (symbol !== undefined) return { kind: "symbol", symbol, position, end: position + symbol.length };
  throw new Fault("parse", position, unexpectedCharacter(text, position));
}

function numberToken(digits: string, position: number): Token {
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new Fault("parse", position, "This number is too large");
  return { kind: "number", value, decimal: /[.eE]/.test(digits), position, end: position + digits.length };
}

/**
 * A quote inside is written twice or after a backslash, and a backslash before another is one. Any other backslash
 * stands for itself, as in the escapes of a LIKE pattern.
 */
function stringAt(text: string, position: number, quote: string): Token {
  const parts: string[] = [];
  let partStart = position + 1;
  let index = position + 1;
  for (; index < text.length; index++) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    const escapes =
      (character === "\\" && (next === quote || next === "\\")) || (character === quote && next === quote);
    if (escapes) {
      parts.push(text.slice(partStart, index), next);
      index++;
      partStart = index + 1;
    } else if (character === quote) {
      parts.push(text.slice(partStart, index));
      return { kind: "string", value: parts.join(""), position, end: index + 1 };
    }
  }
  throw new Fault("parse", position, `This string is not closed: expected ${quote} before the end`);
}

/** A keyword, or a path of one segment or more. */
function nameAt(text: string, position: number): Token {
  const path: string[] = [];
  let bare = true;
  let end = position;
  for (;;) {
    const name = matchAt(NAME, text, end)?.[0];
    const raw = name ?? matchAt(QUOTED_NAME, text, end)?.[0];
    if (raw === undefined) throw new Fault("parse", end, missingSegment(text, end));
    path.push(name ?? raw.slice(1, -1).replaceAll("``", "`"));
    if (path.length > PATH_SEGMENTS_MAX) {
      throw new Fault("parse", position, `A path has at most ${PATH_SEGMENTS_MAX} segments`);
    }
    bare &&= name !== undefined;
    end += raw.length;
    if (text.charAt(end) !== ".") break;
    end++;
  }
  bare &&= path.length === 1;
  const keyword = bare ? KEYWORDS.get(text.slice(position, end).toUpperCase()) : undefined;
  if (keyword !== undefined) return { kind: "keyword", keyword, position, end };
  return { kind: "path", path, bare, position, end };
}

function missingSegment(text: string, position: number): string {
  if (text.charAt(position) === "`") {
    return text.startsWith("``", position)
      ? "A name between backticks is not empty"
      : "This name is not closed: expected ` before the end";
  }
  return `Expected a name after '.', but found ${position < text.length ? quoted(text.charAt(position)) : "the end"}`;
}

function unexpectedCharacter(text: string, position: number): string {
  const codePoint = text.codePointAt(position) ?? 0;
  const shown = String.fromCodePoint(codePoint);
  const number = codePoint.toString(16).toUpperCase().padStart(4, "0");
  if (shown === ".") return "A number has a digit before its '.', and a path a name";
  return `Unexpected character ${quoted(shown)} (U+${number}): a name with it goes in backticks, a text in quotes`;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}
