/** Request bodies: read within their limit, as the text or JSON that they claim to be. */
import { isNestedDeeper } from "../core/cloudevents/json.ts";
import type { ErrorCode } from "../core/errors.ts";
import { Problem } from "./problem.ts";

/** api.md's limits. */
export const JSON_BYTES_MAX = 10 * 1024 * 1024;
export const NDJSON_BYTES_MAX = 100 * 1024 * 1024;

/**
 * Twice what a function may return, four times what a document or an event may have. Some thousand levels down, whatever goes through a
 * value by recursion (a call to another Worker, `JSON.stringify`) overflows the stack; and the parser takes 70 times what the text takes.
 */
export const JSON_DEPTH_MAX = 256;

/** What is read of a body that is too large, and dropped: more than a deployment lets in on most plans (100 MB). */
const DRAIN_BYTES_MAX = 128 * 1024 * 1024;

/** The body's bytes, which are never more than the limit in memory. */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of limitedBody(request, bytesMax)) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The body chunk by chunk; a problem once it is longer than the limit, or breaks off. */
export async function* limitedBody(request: Request, bytesMax: number): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  const declared = Number(request.headers.get("content-length") ?? 0);
  // A request's body is a stream of bytes, which the runtime's types leave open.
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let room = declared > bytesMax ? -1 : bytesMax;
  try {
    while (room >= 0) {
      const { done, value } = await readChunk(reader);
      if (done) return;
      room -= value.length;
      if (room >= 0) yield value;
    }
    await drain(reader);
    throw new Problem("too-large", `The body has more than ${bytesMax} bytes.`);
  } finally {
    // What is left is not wanted; a stream that broke has nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Reads on for a while, and keeps nothing: a client that is cut off while it sends sees a broken connection, and
 * never the answer that says why.
 */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let length = 0; length < DRAIN_BYTES_MAX;) {
    const { done, value } = await readChunk(reader);
    if (done) return;
    length += value.length;
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    throw new Problem("broken-stream", "The body broke off before its end.");
  }
}

interface JsonLimits {
  bytesMax?: number | undefined;
  depthMax?: number | undefined;
  /** What a body that is nested deeper is called. */
  tooDeepCode?: ErrorCode | undefined;
}

/** The body as JSON, whatever its content type: the endpoints that call this take nothing else. */
export async function readJson(request: Request, limits: JsonLimits = {}): Promise<unknown> {
  const { bytesMax = JSON_BYTES_MAX, depthMax = JSON_DEPTH_MAX, tooDeepCode = "invalid-request" } = limits;
  const bytes = await readBytes(request, bytesMax);
  if (isNestedDeeper(bytes, depthMax)) {
    const message = `must be nested at most ${depthMax} levels deep`;
    throw new Problem(tooDeepCode, `The body ${message}.`, [{ path: "", message }]);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new Problem("invalid-json", "The body is not UTF-8.");
  if (text.trim() === "") throw new Problem("invalid-json", "The body is empty; it should be JSON.");
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text around the fault and its place, and nothing of ours.
    const place = error instanceof SyntaxError ? error.message : "it can't be parsed";
    throw new Problem("invalid-json", `The body is not JSON: ${place}.`);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Text, or undefined when the bytes are not UTF-8. A leading byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
