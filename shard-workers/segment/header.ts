/** A segment's header: what is known of it before any other part is read. */
import type { PartDirectory } from "./parts.ts";

export interface FieldHeader {
  name: string;
  /** Documents that have the field, and the sum of its lengths, as the segment was written. */
  documents: number;
  length: number;
  lengthMax: number;
  /** Bytes of the dictionary's index. */
  indexBytes: number;
}

export interface SegmentHeader {
  documents: number;
  /** UTF-16 units of the documents' texts. */
  text: number;
  fields: FieldHeader[];
  parts: PartDirectory;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeHeader(header: SegmentHeader): Uint8Array {
  return encoder.encode(JSON.stringify(header));
}

/** Only for bytes whose checksum holds. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader {
  return JSON.parse(decoder.decode(bytes)) as SegmentHeader; // this module's own writing
}
