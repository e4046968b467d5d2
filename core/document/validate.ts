/** What a document must be to be stored: JSON of bounded size and depth, a usable id, fields of their types. */
import type { Fields, FieldType } from "../collection.ts";
import { failure, type Failure, type FieldError, type Result } from "../errors.ts";
import { documentIdProblem } from "../names.ts";
import { isObject, typedValue, valuesAt, type JsonObject } from "./values.ts";

/** api.md's limit: a document and its index entries stay well below a row's 2 MB. */
export const DOCUMENT_BYTES_MAX = 1024 * 1024;

/** Deeper documents overflow the stack of anything that walks them recursively. */
export const DOCUMENT_DEPTH_MAX = 64;

const encoder = new TextEncoder();

/** Parses a document's text. Never throws, whatever the text. */
export function parseDocument(text: string): Result<{ document: JsonObject }> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failure("invalid-json", "This is not JSON.");
  }
  return isObject(value)
    ? { ok: true, document: value }
    : failure("invalid-document", "A document is a JSON object.");
}

/**
 * A document as it will be stored: with its id inside, as JSON text. `id` names it from outside (a path, or a new
 * ULID); the document may repeat it, but not contradict it.
 */
export function prepareDocument(
  document: JsonObject,
  id: string,
  fields: Fields,
): Result<{ id: string; json: string }> {
  const refused = refuseDocument(document, id);
  if (refused !== undefined) return refused;
  const errors = fieldErrors(document, fields);
  if (errors.length > 0) {
    return failure(
      "invalid-document",
      errors.map((error) => `${error.path}: ${error.message}`).join("; "),
      errors,
    );
  }
  const json = JSON.stringify({ id, ...document });
  if (json.length * 3 > DOCUMENT_BYTES_MAX && encoder.encode(json).length > DOCUMENT_BYTES_MAX) {
    return failure("document-too-large", `A document has at most ${DOCUMENT_BYTES_MAX} bytes.`);
  }
  return { ok: true, id, json };
}

/**
 * Why a document can't be stored under an id, whatever becomes of its fields; undefined: it may be. Also asked of what is yet to
 * go through a pipeline: a document that is nested too deep can't even be sent there.
 */
export function refuseDocument(document: JsonObject, id: string): Failure | undefined {
  const problem = documentIdProblem(id);
  if (problem !== undefined) return failure("invalid-id", sentence(problem));
  if (document["id"] !== undefined && document["id"] !== id) {
    return failure("invalid-id", "The document's id is not the one that it is written under.");
  }
  const fault = shapeFault(document);
  return fault === undefined ? undefined : failure("invalid-document", fault);
}

/** A merge patch as JSON text. It is applied recursively, so that it may be no deeper than a document. */
export function preparePatch(patch: JsonObject): Result<{ json: string }> {
  const fault = shapeFault(patch);
  return fault === undefined ? { ok: true, json: JSON.stringify(patch) } : failure("invalid-document", fault);
}

function fieldErrors(document: JsonObject, fields: Fields): FieldError[] {
  return Object.entries(fields).flatMap(([field, { type }]) =>
    valuesAt(document, field).some((value) => typedValue(value, type) === undefined)
      ? [{ path: field, message: `must be ${describe(type)}` }]
      : [],
  );
}

function describe(type: FieldType): string {
  switch (type) {
    case "text":
    case "keyword":
      return "a string";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "date":
      return "an ISO 8601 date or epoch milliseconds";
  }
}

/** What no document can be: nested too deep, or with numbers that no double can hold. Without recursion, which is what it guards against. */
export function shapeFault(document: JsonObject): string | undefined {
  let level: object[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DOCUMENT_DEPTH_MAX) return `It may be nested at most ${DOCUMENT_DEPTH_MAX} levels deep.`;
    const next: object[] = [];
    for (const child of level.flatMap((value): unknown[] => Object.values(value))) {
      if (typeof child === "object" && child !== null) next.push(child);
      // JSON text can hold 1e400, which would be written again as null.
      else if (typeof child === "number" && !Number.isFinite(child))
        return "A number must be one that a double can hold.";
    }
    level = next;
  }
  return undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
