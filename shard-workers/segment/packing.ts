/**
 * Blocks of small integers, packed at the narrowest of a few widths that divide a byte, or as varints where a few of
 * them are large. Widths that divide a byte unpack in V8 at about 1 ns a value; others need shifts across bytes and take
 * twice that, for a tenth of the room. The reads below are in bounds, as whoever packed saw to and the checksum says;
 * they are cast, since a default for what can't be missing makes V8 keep the numbers boxed.
 */
import type { ByteWriter } from "./bytes.ts";
import { BLOCK_POSTINGS } from "./limits.ts";

/** Bits a value by code; the last code means varints. */
export const WIDTHS = [0, 1, 2, 4, 8, 16] as const;
export const VARINTS = WIDTHS.length;

/** The code under which `count` values take the least room. */
export function chooseWidth(values: Uint32Array, count: number): number {
  let max = 0;
  let varintBytes = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    if (value > max) max = value;
    varintBytes +=
      value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
  }
  const code = WIDTHS.findIndex((width) => max < 2 ** width);
  return code < 0 || packedBytes(code, count) > varintBytes ? VARINTS : code;
}

function packedBytes(code: number, count: number): number {
  return (count * (WIDTHS[code] ?? 0) + 7) >>> 3;
}

export function pack(values: Uint32Array, count: number, code: number, writer: ByteWriter): void {
  if (code === VARINTS) {
    for (let index = 0; index < count; index++) writer.varint(values[index] ?? 0);
    return;
  }
  const width = WIDTHS[code] ?? 0;
  if (width === 0) return;
  if (width === 16) {
    for (let index = 0; index < count; index++) {
      const value = values[index] ?? 0;
      writer.byte(value & 0xff);
      writer.byte(value >>> 8);
    }
    return;
  }
  let byte = 0;
  let filled = 0;
  for (let index = 0; index < count; index++) {
    byte |= (values[index] ?? 0) << filled;
    filled += width;
    if (filled === 8) {
      writer.byte(byte);
      byte = 0;
      filled = 0;
    }
  }
  if (filled > 0) writer.byte(byte);
}

/** Unpacks `count` values, each plus 1, and returns the place behind them. */
export function unpackPlusOne(
  source: Uint8Array,
  from: number,
  count: number,
  code: number,
  into: Uint32Array,
): number {
  let at = from;
  switch (code) {
    case 0:
      into.fill(1, 0, count);
      return from;
    case 1:
      for (let index = 0; index < count; index++)
        into[index] = (((source[from + (index >>> 3)] as number) >>> (index & 7)) & 1) + 1;
      return from + ((count + 7) >>> 3);
    case 2:
      for (let index = 0; index < count; index++) {
        into[index] = (((source[from + (index >>> 2)] as number) >>> ((index & 3) << 1)) & 3) + 1;
      }
      return from + ((count + 3) >>> 2);
    case 3:
      for (let index = 0; index < count; index++) {
        into[index] = (((source[from + (index >>> 1)] as number) >>> ((index & 1) << 2)) & 15) + 1;
      }
      return from + ((count + 1) >>> 1);
    case 4:
      for (let index = 0; index < count; index++) into[index] = (source[from + index] as number) + 1;
      return from + count;
    case 5:
      for (let index = 0; index < count; index++, at += 2) {
        into[index] = ((source[at] as number) | ((source[at + 1] as number) << 8)) + 1;
      }
      return at;
    default:
      for (let index = 0; index < count; index++) {
        let byte = source[at++] as number;
        let value = byte & 0x7f;
        for (let shift = 7; byte >= 0x80; shift += 7) {
          byte = source[at++] as number;
          value |= (byte & 0x7f) << shift;
        }
        into[index] = value + 1;
      }
      return at;
  }
}

/**
 * Unpacks ordinals from the gaps between them: the first is given, the gaps are packed less 1. Returns the place
 * behind them. Its own loops, since this is where a search over common words spends its time.
 */
export function unpackOrdinals(
  source: Uint8Array,
  from: number,
  count: number,
  code: number,
  first: number,
  into: Uint16Array,
): number {
  let ordinal = first;
  into[0] = first;
  const gaps = count - 1;
  switch (code) {
    case 0:
      for (let index = 1; index <= gaps; index++) into[index] = ++ordinal;
      return from;
    case 1:
      return unpackBits(source, from, gaps, first, into);
    case 2:
      return unpackPairs(source, from, gaps, first, into);
    case 3:
      return unpackNibbles(source, from, gaps, first, into);
    case 4:
      for (let index = 0; index < gaps; index++) {
        ordinal += (source[from + index] as number) + 1;
        into[index + 1] = ordinal;
      }
      return from + gaps;
    default:
      return unpackLargeGaps(source, from, gaps, code, first, into);
  }
}

/** Gaps of one bit: those of common words. Constant shifts, a byte at a time, since variable ones cost three times as much. */
function unpackBits(
  source: Uint8Array,
  from: number,
  gaps: number,
  first: number,
  into: Uint16Array,
): number {
  let ordinal = first;
  let index = 1;
  const whole = gaps >>> 3;
  for (let at = 0; at < whole; at++, index += 8) {
    const byte = source[from + at] as number;
    into[index] = ordinal += (byte & 1) + 1;
    into[index + 1] = ordinal += ((byte >>> 1) & 1) + 1;
    into[index + 2] = ordinal += ((byte >>> 2) & 1) + 1;
    into[index + 3] = ordinal += ((byte >>> 3) & 1) + 1;
    into[index + 4] = ordinal += ((byte >>> 4) & 1) + 1;
    into[index + 5] = ordinal += ((byte >>> 5) & 1) + 1;
    into[index + 6] = ordinal += ((byte >>> 6) & 1) + 1;
    into[index + 7] = ordinal += (byte >>> 7) + 1;
  }
  for (let rest = 0; index <= gaps; rest++, index++)
    into[index] = ordinal += (((source[from + whole] as number) >>> rest) & 1) + 1;
  return from + ((gaps + 7) >>> 3);
}

/** Gaps of two bits, in the same way. */
function unpackPairs(
  source: Uint8Array,
  from: number,
  gaps: number,
  first: number,
  into: Uint16Array,
): number {
  let ordinal = first;
  let index = 1;
  const whole = gaps >>> 2;
  for (let at = 0; at < whole; at++, index += 4) {
    const byte = source[from + at] as number;
    into[index] = ordinal += (byte & 3) + 1;
    into[index + 1] = ordinal += ((byte >>> 2) & 3) + 1;
    into[index + 2] = ordinal += ((byte >>> 4) & 3) + 1;
    into[index + 3] = ordinal += (byte >>> 6) + 1;
  }
  for (let rest = 0; index <= gaps; rest += 2, index++)
    into[index] = ordinal += (((source[from + whole] as number) >>> rest) & 3) + 1;
  return from + ((gaps + 3) >>> 2);
}

/** Gaps of four bits, in the same way. */
function unpackNibbles(
  source: Uint8Array,
  from: number,
  gaps: number,
  first: number,
  into: Uint16Array,
): number {
  let ordinal = first;
  const whole = gaps >>> 1;
  for (let at = 0; at < whole; at++) {
    const byte = source[from + at] as number;
    into[2 * at + 1] = ordinal += (byte & 15) + 1;
    into[2 * at + 2] = ordinal += (byte >>> 4) + 1;
  }
  if (gaps % 2 === 1) into[gaps] = ordinal + ((source[from + whole] as number) & 15) + 1;
  return from + ((gaps + 1) >>> 1);
}

/** The gaps of a block while they are added up. */
const largeGaps = new Uint32Array(BLOCK_POSTINGS);

function unpackLargeGaps(
  source: Uint8Array,
  from: number,
  gaps: number,
  code: number,
  first: number,
  into: Uint16Array,
): number {
  const end = unpackPlusOne(source, from, gaps, code, largeGaps);
  let ordinal = first;
  for (let index = 0; index < gaps; index++) {
    ordinal += largeGaps[index] as number;
    into[index + 1] = ordinal;
  }
  return end;
}
