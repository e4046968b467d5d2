/** Decides whether a value is an event, by all rules of the JSON event format and by the house's limits. */
import type { FieldError } from "../errors.ts";
import { checkAttribute, nameProblem, REQUIRED_ATTRIBUTES } from "./attributes.ts";
import { isBase64 } from "./base64.ts";
import type { CloudEvent, ExtensionValue } from "./event.ts";
import { memberPath } from "./faults.ts";
import { isTooLarge, jsonFault, surelyFits, TOO_LARGE } from "./json.ts";
import { DATA_DEPTH_MAX, FAULTS_LISTED_MAX } from "./limits.ts";
import { isJson, parseMediaType } from "./media-type.ts";

export type Validation =
  | { ok: true; event: CloudEvent }
  | { ok: false; code: "invalid-event" | "event-too-large"; errors: FieldError[] };

/**
 * Takes any value that is data: parsed JSON, or what a decorator answered. The event is a new object; its data is the
 * same object as in `value`. Attributes that are null are left out (formats/json-format.md, section 2.2); data that is
 * null is kept, as the JSON value that it is (section 3.1.1). Faults are reported together, their paths below `path`.
 */
export function validateEvent(value: unknown, path = ""): Validation {
  const fault = jsonFault(value, path, DATA_DEPTH_MAX + 1);
  if (fault !== undefined) return refuse(fault.code, [fault]);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("invalid-event", [{ path, message: "must be a JSON object" }]);
  }
  const members = new Map<string, unknown>(
    Object.entries(value).filter(([, member]) => member !== undefined),
  );
  const { attributes, errors } = checkAttributes(members, path);
  errors.push(...dataErrors(members, attributes.get("datacontenttype"), path));
  const event = assemble(attributes, members);
  if (errors.length > 0 || event === undefined) return refuse("invalid-event", errors);
  return isTooLarge(event) ? refuse("event-too-large", [{ path, message: TOO_LARGE }]) : { ok: true, event };
}

/**
 * As `validateEvent`, for what was made of a valid event: where that has only changed its data, as most steps do, only the data
 * is looked at. The event may be the same object as `made`.
 */
export function validateMade(made: unknown, before: CloudEvent): Validation {
  return isMadeOf(made, before) && surelyFits(made, DATA_DEPTH_MAX + 1)
    ? { ok: true, event: made }
    : validateEvent(made);
}

/** Whether all attributes are those of `before`, and so is the kind of its data: an object in place of an object or of nothing. */
function isMadeOf(made: unknown, before: CloudEvent): made is CloudEvent {
  if (typeof made !== "object" || made === null || Object.getPrototypeOf(made) !== Object.prototype)
    return false;
  const { data, datacontenttype, data_base64: base64 } = before;
  const hadObject = typeof data === "object" && data !== null;
  const canHaveObject = hadObject || (data === undefined && datacontenttype === undefined);
  if (!canHaveObject || base64 !== undefined) return false;
  let attributes = 0;
  for (const [name, value] of Object.entries(made)) {
    if (name === "data") {
      if (typeof value !== "object" || value === null) return false;
    } else if (value !== before[name]) return false;
    else attributes++;
  }
  return attributes === Object.keys(before).length - ("data" in before ? 1 : 0);
}

function refuse(code: "invalid-event" | "event-too-large", errors: FieldError[]): Validation {
  return { ok: false, code, errors: errors.map(({ path, message }) => ({ path, message })) };
}

/** The attributes that are right, and what is wrong with the others. */
function checkAttributes(members: Map<string, unknown>, path: string) {
  const attributes = new Map<string, ExtensionValue>();
  const errors: FieldError[] = [];
  for (const [name, value] of members) {
    if (name === "data" || name === "data_base64" || value === null) continue;
    if (errors.length >= FAULTS_LISTED_MAX) break;
    const misnamed = nameProblem(name);
    const checked =
      misnamed === undefined ? checkAttribute(name, value) : { ok: false as const, message: misnamed };
    if (checked.ok) attributes.set(name, checked.value);
    else errors.push({ path: memberPath(path, name), message: checked.message });
  }
  for (const name of REQUIRED_ATTRIBUTES) {
    const missing = (members.get(name) ?? null) === null;
    if (missing) errors.push({ path: memberPath(path, name), message: "is required" });
  }
  return { attributes, errors };
}

function dataErrors(
  members: Map<string, unknown>,
  type: ExtensionValue | undefined,
  path: string,
): FieldError[] {
  const base64 = members.get("data_base64") ?? null;
  if (base64 !== null) {
    const at = memberPath(path, "data_base64");
    if (members.has("data")) return [{ path: at, message: "must not stand beside data" }];
    const right = typeof base64 === "string" && isBase64(base64);
    return right ? [] : [{ path: at, message: "must be base64 with padding (RFC 4648)" }];
  }
  if (!members.has("data") || isJsonType(type)) return [];
  const data = members.get("data");
  const right = typeof data === "string" && data.isWellFormed();
  const message = "must be a string of well-formed Unicode, since datacontenttype is not JSON";
  return right ? [] : [{ path: memberPath(path, "data"), message }];
}

/** A type that is absent means JSON; so does one that is not valid, which has been reported already. */
function isJsonType(type: ExtensionValue | undefined): boolean {
  const mediaType = typeof type === "string" ? parseMediaType(type) : undefined;
  return mediaType === undefined || isJson(mediaType);
}

/** Undefined where a required attribute was not right. That the data is JSON has been found out before. */
function assemble(
  attributes: Map<string, ExtensionValue>,
  members: Map<string, unknown>,
): CloudEvent | undefined {
  const { id, source, type, specversion, ...others } = Object.fromEntries(attributes);
  if (
    typeof id !== "string" ||
    typeof source !== "string" ||
    typeof type !== "string" ||
    specversion !== "1.0"
  ) {
    return undefined;
  }
  const event: CloudEvent = { specversion, id, source, type };
  for (const [name, value] of Object.entries(others)) event[name] = value;
  const data = members.get("data");
  if (data !== undefined) event.data = data;
  const base64 = members.get("data_base64");
  if (typeof base64 === "string") event.data_base64 = base64;
  return event;
}
