/** An event as the document that a collection keeps of it. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { Fields } from "../../core/collection.ts";
import type { PutOperation } from "../../core/contracts/documents.ts";
import { prepareDocument } from "../../core/document/validate.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { failure, type Result } from "../../core/errors.ts";

/**
 * The write of an event's `data`. The document's id is `data.id`, else the event's `id`; a number becomes text, since
 * many systems count their records and a document's id is text. Null counts as absent.
 */
export function toDocument(event: CloudEvent, fields: Fields): Result<{ operation: PutOperation }> {
  if (!isObject(event.data)) {
    return failure("invalid-document", "The event's data is not a JSON object, and so no document.");
  }
  const id = documentId(event.data, event.id);
  if (id === undefined)
    return failure("invalid-id", "data.id: must be a string or a number, as it is the document's id.");
  const prepared = prepareDocument({ ...event.data, id }, id, fields);
  return prepared.ok
    ? { ok: true, operation: { kind: "put", id: prepared.id, json: prepared.json } }
    : prepared;
}

function documentId(data: JsonObject, eventId: string): string | undefined {
  const id = data["id"] ?? eventId;
  if (typeof id === "number") return String(id);
  return typeof id === "string" ? id : undefined;
}
