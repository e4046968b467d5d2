/** Events to HTTP messages, in each mode of the CloudEvents HTTP protocol binding: what `decodeRequest` takes. */
import { fromBase64 } from "./base64.ts";
import type { CloudEvent } from "./event.ts";
import { encodeHeaderValue } from "./header-value.ts";
import { BATCH_TYPE, STRUCTURED_TYPE, isJson, isUtf8, parseMediaType, withUtf8 } from "./media-type.ts";

/** Headers and body of a request or an answer. */
export interface EventMessage {
  headers: Headers;
  body: Uint8Array;
}

const encoder = new TextEncoder();

/** Structured mode. Takes a valid event, as all functions here: see `validateEvent`. */
export function encodeStructured(event: CloudEvent): EventMessage {
  return jsonMessage(event, STRUCTURED_TYPE);
}

/** Batched mode. The binding allows it only where the receiver has asked for it. */
export function encodeBatch(events: readonly CloudEvent[]): EventMessage {
  return jsonMessage(events, BATCH_TYPE);
}

/**
 * Binary mode. Extensions become strings; JSON data without `datacontenttype` gets `application/json`; data that is a
 * string is sent in UTF-8, and its charset says so. An event with empty text or bytes can't be told from one without data.
 */
export function encodeBinary(event: CloudEvent): EventMessage {
  const { data, data_base64: base64, datacontenttype, ...attributes } = event;
  const headers = new Headers();
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || typeof value === "object") continue;
    headers.set(`ce-${name}`, encodeHeaderValue(String(value)));
  }
  const { contentType, body } = encodeData(data, base64, datacontenttype);
  if (contentType !== undefined) headers.set("content-type", contentType);
  return { headers, body };
}

function encodeData(data: CloudEvent["data"], base64: string | undefined, contentType: string | undefined) {
  if (base64 !== undefined) return { contentType, body: fromBase64(base64) };
  if (data === undefined) return { contentType, body: new Uint8Array() };
  const type = contentType === undefined ? undefined : parseMediaType(contentType);
  if (type === undefined || isJson(type)) {
    return { contentType: contentType ?? "application/json", body: encoder.encode(JSON.stringify(data)) };
  }
  return {
    contentType: isUtf8(type) ? contentType : withUtf8(type),
    body: encoder.encode(typeof data === "string" ? data : JSON.stringify(data)),
  };
}

function jsonMessage(value: CloudEvent | readonly CloudEvent[], contentType: string): EventMessage {
  return {
    headers: new Headers({ "content-type": contentType }),
    body: encoder.encode(JSON.stringify(value)),
  };
}
