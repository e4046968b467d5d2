/**
 * The selected fields of stored documents, cut out of their bytes: parsing a document to leave most of it out, and writing it
 * anew, costs several times what reading it does. It means what `selectFields` means; where it can't be told from the bytes
 * alone, that is asked.
 */
import { selectFields } from "../../core/document/select.ts";
import type { JsonObject } from "../../core/document/values.ts";
import type { ByteWriter } from "./bytes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

export class Projection {
  private readonly select: readonly string[];
  /** The names as they stand in a document, without quotes; undefined: some are paths into objects. */
  private readonly names: readonly Uint8Array[] | undefined;

  constructor(select: readonly string[]) {
    this.select = select;
    const plain = select.every((path) => /^[A-Za-z0-9_-]+$/.test(path));
    this.names = plain ? [...new Set(["id", ...select])].map((name) => encoder.encode(name)) : undefined;
  }

  /** Appends what is left of a document. `json`: the UTF-8 of an object, as it was stored. */
  append(json: Uint8Array, out: ByteWriter): void {
    if (this.names === undefined || !cutOut(json, this.names, out)) this.appendParsed(json, out);
  }

  private appendParsed(json: Uint8Array, out: ByteWriter): void {
    const document = JSON.parse(decoder.decode(json)) as JsonObject; // stored objects only
    out.bytes(encoder.encode(JSON.stringify(selectFields(document, this.select))));
  }
}

/**
 * Appends the members of these names. False, and nothing is appended: a name is written with an escape, and may be any.
 * The bytes are valid JSON.
 */
function cutOut(json: Uint8Array, names: readonly Uint8Array[], out: ByteWriter): boolean {
  const kept: number[] = [];
  let at = json.indexOf(OPEN_OBJECT) + 1;
  for (;;) {
    at = skipSpace(json, at);
    if (json[at] === CLOSE_OBJECT || at >= json.length) break;
    const nameAt = at;
    const nameEnd = skipString(json, at);
    if (hasEscape(json, nameAt, nameEnd)) return false;
    const valueAt = skipSpace(json, skipSpace(json, nameEnd) + 1);
    at = skipValue(json, valueAt);
    if (names.some((name) => isAt(json, nameAt + 1, nameEnd - 1, name))) kept.push(nameAt, at);
    at = skipSpace(json, at);
    if (json[at] === COMMA) at += 1;
  }
  out.byte(OPEN_OBJECT);
  for (let index = 0; index < kept.length; index += 2) {
    if (index > 0) out.byte(COMMA);
    out.range(json, kept[index] ?? 0, kept[index + 1] ?? 0);
  }
  out.byte(CLOSE_OBJECT);
  return true;
}

/** The first place from `at` on that is no white space. */
function skipSpace(json: Uint8Array, at: number): number {
  let next = at;
  while (next < json.length && (json[next] as number) <= 0x20) next++; // in bounds
  return next;
}

/** The place behind the string that begins at `at`. */
function skipString(json: Uint8Array, at: number): number {
  for (let end = json.indexOf(QUOTE, at + 1); end > 0; end = json.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return json.length;
}

/** The place behind the value that begins at `at`. */
function skipValue(json: Uint8Array, at: number): number {
  let depth = 0;
  for (let next = at; next < json.length;) {
    const byte = json[next] as number; // in bounds
    if (byte === QUOTE) {
      next = skipString(json, next);
      if (depth === 0) return next;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      // The end of the object that holds a number, or a word.
      if (depth === 0) return next;
      depth -= 1;
      if (depth === 0) return next + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= 0x20)) return next;
    next += 1;
  }
  return json.length;
}

function hasEscape(json: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (json[at] === BACKSLASH) return true;
  return false;
}

function isAt(json: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (json[from + at] !== name[at]) return false;
  return true;
}
