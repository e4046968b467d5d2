/** Binary mode: attributes in `ce-` headers, data as the body (CloudEvents HTTP protocol binding, section 3.1). */
import type { FieldError } from "../errors.ts";
import { nameProblem } from "./attributes.ts";
import { toBase64 } from "./base64.ts";
import type { CloudEvent } from "./event.ts";
import { eventFailure, memberPath, type EventFailure } from "./faults.ts";
import { decodeHeaderValue } from "./header-value.ts";
import { parseJson } from "./json.ts";
import { DATA_DEPTH_MAX } from "./limits.ts";
import { isJson, isText, isUtf8, parseMediaType } from "./media-type.ts";
import { validateEvent } from "./validate.ts";

const PREFIX = "ce-";

/** Whether any header says that this is an event. */
export function hasEventHeaders(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name.startsWith(PREFIX));
}

/**
 * The event of a binary-mode request. An empty body is no data. A body of a JSON type is parsed; text and XML in
 * UTF-8 are a string; any other is base64, a body without Content-Type too. Never throws.
 */
export function decodeBinary(
  headers: Headers,
  body: Uint8Array,
): { ok: true; event: CloudEvent } | EventFailure {
  const { attributes, errors } = readHeaders(headers);
  const data = readBody(body, attributes.get("datacontenttype"));
  if (!data.ok) {
    if (data.code === "unsupported-media-type") return eventFailure(data.code, [data.error]);
    errors.push(data.error);
  }
  const validation = validateEvent({ ...Object.fromEntries(attributes), ...(data.ok ? data.members : {}) });
  if (validation.ok && errors.length === 0) return validation;
  if (!validation.ok && validation.code === "event-too-large") {
    return eventFailure(validation.code, validation.errors);
  }
  // A header that could not be read is reported as that, and not as missing.
  const reported = new Set(errors.map(({ path }) => path));
  const others = validation.ok ? [] : validation.errors.filter(({ path }) => !reported.has(path));
  return eventFailure("invalid-event", [...errors, ...others]);
}

function readHeaders(headers: Headers): { attributes: Map<string, string>; errors: FieldError[] } {
  const attributes = new Map<string, string>();
  const errors: FieldError[] = [];
  for (const [header, text] of headers) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    const misnamed = name === "datacontenttype" ? "must come as Content-Type" : nameProblem(name);
    const decoded =
      misnamed === undefined ? decodeHeaderValue(text) : { ok: false as const, message: misnamed };
    if (decoded.ok) attributes.set(name, decoded.value);
    else errors.push({ path: memberPath("", name), message: decoded.message });
  }
  const contentType = headers.get("content-type");
  if (contentType !== null) attributes.set("datacontenttype", contentType);
  return { attributes, errors };
}

type BodyData =
  | { ok: true; members: { data?: unknown; data_base64?: string } }
  | { ok: false; code: "invalid-event" | "unsupported-media-type"; error: FieldError };

function readBody(body: Uint8Array, contentType: string | undefined): BodyData {
  if (body.length === 0) return { ok: true, members: {} };
  const type = contentType === undefined ? undefined : parseMediaType(contentType);
  if (type !== undefined && isJson(type)) {
    if (!isUtf8(type)) return { ok: false, code: "unsupported-media-type", error: NOT_UTF8 };
    const parsed = parseJson(body, DATA_DEPTH_MAX);
    if (parsed.ok) return { ok: true, members: { data: parsed.value } };
    return { ok: false, code: "invalid-event", error: { path: "data", message: parsed.message } };
  }
  const text = type !== undefined && isText(type) && isUtf8(type) ? decodeText(body) : undefined;
  return { ok: true, members: text === undefined ? { data_base64: toBase64(body) } : { data: text } };
}

/** JSON is UTF-8 (RFC 8259, section 8.1), whatever a charset claims. */
export const NOT_UTF8: FieldError = { path: "content-type", message: "must declare no charset but utf-8" };

/** The byte order mark is kept, so that the bytes can be had back. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined: the bytes are not UTF-8. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
