/**
 * Blocks of small integers, packed at the narrowest of a few widths that divide a byte, or as varints where a few of
 * them are large. Widths that divide a byte unpack in V8 at about 1 ns a value; others need shifts across bytes and take
 * twice that, for a tenth of the room. The reads below are in bounds, as whoever packed saw to and the checksum says;
 * they are cast, since a default for what can't be missing makes V8 keep the numbers boxed.
 */
import type { ByteWriter } from "./bytes.ts";

/** Bits a value by code; the last code means varints. */
const WIDTHS = [0, 1, 2, 4, 8, 16] as const;
export const VARINTS = WIDTHS.length;

/**
 * How to read value `index` of a block that is packed at a width that divides a byte, in a loop that does something with
 * it at once: `((source[at + (index >>> byteShift)] >>> ((index & within) << widthShift)) & mask)`.
 */
export interface PackedReading {
  byteShift: number;
  within: number;
  widthShift: number;
  mask: number;
}

/** By code. Width 0 reads one byte again and again, and nothing of it. */
const READINGS: readonly PackedReading[] = [
  { byteShift: 31, within: 0, widthShift: 0, mask: 0 },
  { byteShift: 3, within: 7, widthShift: 0, mask: 1 },
  { byteShift: 2, within: 3, widthShift: 1, mask: 3 },
  { byteShift: 1, within: 1, widthShift: 2, mask: 15 },
  { byteShift: 0, within: 0, widthShift: 0, mask: 255 },
];

/** Undefined: values under this code are to be unpacked. */
export function packedReading(code: number): PackedReading | undefined {
  return READINGS[code];
}

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

export function packedBytes(code: number, count: number): number {
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
      for (let index = 0; index < gaps; index++) {
        ordinal += (((source[from + (index >>> 3)] as number) >>> (index & 7)) & 1) + 1;
        into[index + 1] = ordinal;
      }
      return from + ((gaps + 7) >>> 3);
    case 2:
      for (let index = 0; index < gaps; index++) {
        ordinal += (((source[from + (index >>> 2)] as number) >>> ((index & 3) << 1)) & 3) + 1;
        into[index + 1] = ordinal;
      }
      return from + ((gaps + 3) >>> 2);
    case 3:
      for (let index = 0; index < gaps; index++) {
        ordinal += (((source[from + (index >>> 1)] as number) >>> ((index & 1) << 2)) & 15) + 1;
        into[index + 1] = ordinal;
      }
      return from + ((gaps + 1) >>> 1);
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

function unpackLargeGaps(
  source: Uint8Array,
  from: number,
  gaps: number,
  code: number,
  first: number,
  into: Uint16Array,
): number {
  const values = new Uint32Array(gaps);
  const end = unpackPlusOne(source, from, gaps, code, values);
  let ordinal = first;
  for (let index = 0; index < gaps; index++) {
    ordinal += values[index] ?? 0;
    into[index + 1] = ordinal;
  }
  return end;
}
