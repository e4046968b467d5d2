/**
 * Bytes in and out: integers as LEB128 varints, texts as their UTF-16 code units in the manner of UTF-8 (surrogates by
 * themselves, as in CESU-8), so that the order of the bytes is JavaScript's order of the texts, and any text survives.
 */

/** Copying more than so many bytes is worth a call into the engine. */
const SHORT_BYTES = 32;

/** A buffer that grows. */
export class ByteWriter {
  private buffer: Uint8Array;
  private end = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.end;
  }

  /** The bytes so far; they are this writer's until it is cleared. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }

  /** A copy of the bytes so far. */
  copy(): Uint8Array {
    return this.buffer.slice(0, this.end);
  }

  clear(): void {
    this.end = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.end++] = value;
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.end++] = rest > 0x7fff_ffff ? (rest % 128) | 0x80 : (rest & 0x7f) | 0x80;
      rest = rest > 0x7fff_ffff ? Math.floor(rest / 128) : rest >>> 7;
    }
    this.buffer[this.end++] = rest;
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.buffer.set(source, this.end);
    this.end += source.length;
  }

  /** Part of an array; a few bytes one by one, which is faster than a view and a copy. */
  range(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    if (to - from > SHORT_BYTES) {
      this.buffer.set(source.subarray(from, to), this.end);
      this.end += to - from;
      return;
    }
    const { buffer } = this;
    let { end } = this;
    for (let at = from; at < to; at++) buffer[end++] = source[at] as number; // in bounds
    this.end = end;
  }

  /** Copies some of the bytes into an array that has room for them. */
  copyTo(target: Uint8Array, offset: number, from: number, to: number): void {
    const { buffer } = this;
    if (to - from > SHORT_BYTES) target.set(buffer.subarray(from, to), offset);
    else for (let at = from; at < to; at++) target[offset + at - from] = buffer[at] as number; // in bounds
  }

  /** All that another writer holds. */
  append(other: ByteWriter): void {
    this.range(other.buffer, 0, other.end);
  }

  /** How many leading bytes these are as well. */
  sharedWith(other: Uint8Array): number {
    const end = Math.min(this.end, other.length);
    let at = 0;
    while (at < end && this.buffer[at] === other[at]) at++;
    return at;
  }

  /** Forgets the first bytes; those behind them move up. */
  drop(count: number): void {
    if (count < this.end) this.buffer.copyWithin(0, count, this.end);
    this.end -= count;
  }

  /** A text without its length. */
  text(text: string): void {
    this.reserve(text.length * 3);
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 0x80) this.buffer[this.end++] = unit;
      else if (unit < 0x800) {
        this.buffer[this.end++] = 0xc0 | (unit >> 6);
        this.buffer[this.end++] = 0x80 | (unit & 0x3f);
      } else {
        this.buffer[this.end++] = 0xe0 | (unit >> 12);
        this.buffer[this.end++] = 0x80 | ((unit >> 6) & 0x3f);
        this.buffer[this.end++] = 0x80 | (unit & 0x3f);
      }
    }
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.end + bytes));
    larger.set(this.buffer.subarray(0, this.end));
    this.buffer = larger;
  }
}

/** A place in bytes. Reading beyond the end reads zeros: checksums stand before, not this. */
export class ByteReader {
  readonly source: Uint8Array;
  at: number;

  constructor(source: Uint8Array, at = 0) {
    this.source = source;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.source.length;
  }

  byte(): number {
    return this.source[this.at++] ?? 0;
  }

  varint(): number {
    let byte = this.source[this.at++] ?? 0;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 128;
    do {
      byte = this.source[this.at++] ?? 0;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return value;
  }

  bytes(length: number): Uint8Array {
    const from = this.at;
    this.at += length;
    return this.source.subarray(from, this.at);
  }

  /** Puts the next bytes into an array, from `from` to `to`: a few, one by one. */
  copy(into: Uint8Array, from: number, to: number): void {
    const { source } = this;
    let { at } = this;
    for (let place = from; place < to; place++) into[place] = source[at++] ?? 0;
    this.at = at;
  }

  /** A text of so many bytes. */
  text(length: number): string {
    const from = this.at;
    this.at += length;
    return decodeText(this.source, from, this.at);
  }
}

/** The bytes of a text, as ByteWriter.text writes them. */
export function encodeText(text: string): Uint8Array {
  const writer = new ByteWriter(text.length * 3);
  writer.text(text);
  return writer.copy();
}

/** Longer texts are put together in pieces: an argument list is on the stack. */
const PIECE_UNITS = 4096;

export function decodeText(source: Uint8Array, from: number, to: number): string {
  let text = "";
  let at = from;
  // Short and ASCII is what nearly all of them are.
  if (to - from <= SHORT_BYTES) {
    while (at < to && (source[at] ?? 0) < 0x80) text += String.fromCharCode(source[at++] ?? 0);
    if (at === to) return text;
  }
  let units: number[] = [];
  while (at < to) {
    const first = source[at++] ?? 0;
    if (first < 0x80) units.push(first);
    else if (first < 0xe0) units.push(((first & 0x1f) << 6) | ((source[at++] ?? 0) & 0x3f));
    else {
      const second = (source[at++] ?? 0) & 0x3f;
      units.push(((first & 0x0f) << 12) | (second << 6) | ((source[at++] ?? 0) & 0x3f));
    }
    if (units.length === PIECE_UNITS) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** How many leading bytes two arrays share. */
export function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a[at] === b[at]) at++;
  return at;
}

/** Negative when `a` comes before the bytes of `b` from `from` to `to`. */
export function compareToRange(a: Uint8Array, b: Uint8Array, from: number, to: number): number {
  const end = Math.min(a.length, to - from);
  for (let at = 0; at < end; at++) {
    const difference = (a[at] ?? 0) - (b[from + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - (to - from);
}
