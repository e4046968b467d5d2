/** NDJSON, line by line, as it comes in. */
import { DOCUMENT_BYTES_MAX } from "../../core/document/validate.ts";
import { decodeUtf8 } from "../body.ts";

/** A line with its number, from 1; `fault` says why it can't be read as text. */
export type Line = { line: number; text: string } | { line: number; fault: "too-long" | "not-utf8" };

/** White space and escapes may make a line longer than the document that it holds. */
const LINE_BYTES_MAX = 2 * DOCUMENT_BYTES_MAX;

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes that are not blank. A line over the limit is skipped without being kept, so that
 * memory stays bounded by one line and one chunk.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      length += end - start;
      if (length <= LINE_BYTES_MAX) parts.push(chunk.subarray(start, end));
      yield* finish(line, parts, length);
      line += 1;
      parts = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    // A chunk may be reused by its stream once the next is asked for.
    if (length <= LINE_BYTES_MAX) parts.push(chunk.slice(start));
    else parts = [];
  }
  yield* finish(line, parts, length);
}

function* finish(line: number, parts: Uint8Array[], length: number): Generator<Line> {
  if (length > LINE_BYTES_MAX) {
    yield { line, fault: "too-long" };
    return;
  }
  const text = decodeUtf8(join(parts, length));
  if (text === undefined) yield { line, fault: "not-utf8" };
  else if (text.trim() !== "") yield { line, text };
}

function join(parts: Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
