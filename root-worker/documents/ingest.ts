/** Bulk writes from a request's body: NDJSON as it streams in, or JSON at once. */
import type { Collection } from "../../core/collection.ts";
import type { WriteServices } from "../../core/document/write-operations.ts";
import { failure } from "../../core/errors.ts";
import { limitedBody, NDJSON_BYTES_MAX, readJson } from "../body.ts";
import { Problem } from "../problem.ts";
import { BulkWriter, type BulkOptions, type BulkResult } from "./bulk.ts";
import { readLines, type Line } from "./lines.ts";

/** A document of an array that is nested too deep fails alone: this is no more than what the parser can bear. */
const ARRAY_DEPTH_MAX = 10_000;

/** The content types that clients send newline-delimited JSON under. */
export function isNdjson(contentType: string | undefined): boolean {
  return /^\s*application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)\s*(?:;|$)/i.test(contentType ?? "");
}

/**
 * Writes a stream as it comes. When it breaks off or runs over the limit, what came before is written, and the problem says
 * how much that was.
 */
export async function writeStream(
  request: Request,
  services: WriteServices,
  collection: Collection,
  options: BulkOptions,
): Promise<BulkResult> {
  const writer = new BulkWriter(services, collection, options);
  try {
    for await (const line of readLines(limitedBody(request, NDJSON_BYTES_MAX))) await addLine(writer, line);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await writer.flush();
    const result = await writer.result();
    throw new Problem(
      error.code,
      `${error.message} ${result.written} documents were written before, ${result.failed} failed.`,
      undefined,
      { ...result },
    );
  }
  await writer.flush();
  return writer.result();
}

async function addLine(writer: BulkWriter, line: Line): Promise<void> {
  if ("text" in line) await writer.addText(line.line, line.text);
  else if (line.fault === "too-long") {
    writer.fail(line.line, failure("document-too-large", "The line is too long for a document."));
  } else writer.fail(line.line, failure("invalid-json", "The line is not UTF-8."));
}

/** Writes one document or an array of them; places count from 1, as lines do. */
export async function writeArray(
  request: Request,
  services: WriteServices,
  collection: Collection,
  options: BulkOptions,
): Promise<BulkResult> {
  const value = await readJson(request, { depthMax: ARRAY_DEPTH_MAX, tooDeepCode: "invalid-document" });
  const writer = new BulkWriter(services, collection, options);
  let line = 0;
  for (const document of Array.isArray(value) ? value : [value]) await writer.add(++line, document);
  await writer.flush();
  return writer.result();
}
