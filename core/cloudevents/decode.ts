/** HTTP requests to events: finds the content mode and decodes by it (CloudEvents HTTP protocol binding, section 3). */
import { decodeElements } from "./batch.ts";
import { decodeBinary, hasEventHeaders, NOT_UTF8 } from "./binary.ts";
import type { CloudEvent } from "./event.ts";
import { eventFailure, type EventFailure } from "./faults.ts";
import { parseJson } from "./json.ts";
import { DATA_DEPTH_MAX } from "./limits.ts";
import { BATCH_TYPE, STRUCTURED_TYPE, isJson, isUtf8, parseMediaType } from "./media-type.ts";
import { validateEvent } from "./validate.ts";
import { decodePlain, type WrapDefaults } from "./wrap.ts";

/** How the events came. `wrapped`: plain JSON that became data. */
export type ContentMode = "binary" | "structured" | "batch" | "wrapped";

export type Decoded = { ok: true; mode: ContentMode; events: CloudEvent[] } | EventFailure;

/**
 * The events of a request, all or none. The Content-Type decides first, as the binding has it: `application/cloudevents+json`
 * is structured, `application/cloudevents-batch+json` a batch (their `ce-` headers are ignored). Else any `ce-` header
 * makes it binary. Else JSON is wrapped, if `defaults` are given; without them it is an unsupported media type.
 * The size of the body is the caller's to bound. Never throws, whatever is sent.
 */
export function decodeRequest(headers: Headers, body: Uint8Array, defaults?: WrapDefaults): Decoded {
  const contentType = headers.get("content-type") ?? "";
  if (/^application\/cloudevents/i.test(contentType)) return decodeFormat(contentType, body);
  if (hasEventHeaders(headers)) {
    const decoded = decodeBinary(headers, body);
    return decoded.ok ? { ok: true, mode: "binary", events: [decoded.event] } : decoded;
  }
  const type = parseMediaType(contentType);
  if (defaults === undefined || type === undefined || !isJson(type))
    return unsupported(defaults !== undefined);
  if (!isUtf8(type)) return eventFailure("unsupported-media-type", [NOT_UTF8]);
  const decoded = decodePlain(body, contentType, defaults);
  return decoded.ok ? { ok: true, mode: "wrapped", events: decoded.events } : decoded;
}

function decodeFormat(contentType: string, body: Uint8Array): Decoded {
  const type = parseMediaType(contentType);
  if (type === undefined || (type.essence !== STRUCTURED_TYPE && type.essence !== BATCH_TYPE)) {
    const message = `must be ${STRUCTURED_TYPE} or ${BATCH_TYPE}, the formats of CloudEvents that are understood`;
    return eventFailure("unsupported-media-type", [{ path: "content-type", message }]);
  }
  if (!isUtf8(type)) return eventFailure("unsupported-media-type", [NOT_UTF8]);
  return type.essence === BATCH_TYPE ? decodeBatch(body) : decodeStructured(body);
}

function decodeStructured(body: Uint8Array): Decoded {
  const parsed = parseJson(body, DATA_DEPTH_MAX + 1);
  if (!parsed.ok) return eventFailure(parsed.code, [{ path: "", message: parsed.message }]);
  const validation = validateEvent(parsed.value);
  if (!validation.ok) return eventFailure(validation.code, validation.errors);
  return { ok: true, mode: "structured", events: [validation.event] };
}

function decodeBatch(body: Uint8Array): Decoded {
  const parsed = parseJson(body, DATA_DEPTH_MAX + 2);
  if (!parsed.ok) return eventFailure(parsed.code, [{ path: "", message: parsed.message }]);
  if (!Array.isArray(parsed.value)) {
    return eventFailure("invalid-event", [{ path: "", message: "must be a JSON array of events" }]);
  }
  const decoded = decodeElements(parsed.value, validateEvent);
  return decoded.ok ? { ok: true, mode: "batch", events: decoded.events } : decoded;
}

function unsupported(canWrap: boolean): EventFailure {
  const json = canWrap ? "application/json, " : "";
  const message = `must be ${json}${STRUCTURED_TYPE} or ${BATCH_TYPE}, or come with ce- headers`;
  return eventFailure("unsupported-media-type", [{ path: "content-type", message }]);
}
