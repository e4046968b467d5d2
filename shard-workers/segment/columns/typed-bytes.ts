/** Typed arrays as the bytes that they are in memory: little-endian wherever V8 runs a Worker. */
import type { PartReader } from "../column-contract.ts";

export function bytesOf(array: Uint8Array | Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** An array laid over bytes, which begin at a multiple of 8 in their buffer. */
export function asArray<A>(
  bytes: Uint8Array,
  kind: { new (buffer: ArrayBufferLike, offset: number, length: number): A; BYTES_PER_ELEMENT: number },
): A {
  return new kind(bytes.buffer, bytes.byteOffset, bytes.length / kind.BYTES_PER_ELEMENT);
}

/** A part that must be there, because another says so. */
export function readPart(parts: PartReader, name: string): Uint8Array {
  const bytes = parts.read(name);
  if (bytes === undefined) throw new Error(`the segment lacks its part ${name}`);
  return bytes;
}
