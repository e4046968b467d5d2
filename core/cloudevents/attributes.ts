/** What each attribute may hold, by the type system of CloudEvents 1.0.2 (spec.md, Context Attributes). */
import type { ExtensionValue } from "./event.ts";
import { parseMediaType } from "./media-type.ts";
import { isTimestamp } from "./timestamp.ts";
import { isUri, isUriReference } from "./uri.ts";

export const REQUIRED_ATTRIBUTES = ["specversion", "id", "source", "type"] as const;

/** Attributes that the specification defines: what is wrong with a value that is a string already, or undefined. */
const CORE_ATTRIBUTES = new Map<string, (text: string) => string | undefined>([
  ["specversion", (text) => (text === "1.0" ? undefined : 'must be "1.0"')],
  ["id", () => undefined],
  ["source", (text) => (isUriReference(text) ? undefined : "must be a URI-reference (RFC 3986)")],
  ["type", () => undefined],
  ["datacontenttype", (text) => (parseMediaType(text) ? undefined : "must be a media type (RFC 2046)")],
  ["dataschema", (text) => (isUri(text) ? undefined : "must be an absolute URI (RFC 3986)")],
  ["subject", () => undefined],
  [
    "time",
    (text) => (isTimestamp(text) ? undefined : "must be a timestamp (RFC 3339), as 2026-01-31T09:30:00Z"),
  ],
]);

/** `Cc` is both ranges of control characters; `Cs` matches only surrogates that are not paired. */
const DISALLOWED_CHARACTERS = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

const INTEGER_MIN = -(2 ** 31);
const INTEGER_MAX = 2 ** 31 - 1;

/**
 * What is wrong with an attribute's name, or undefined. More than 20 characters are taken: the specification advises
 * against them (SHOULD), and refusing them would lose events of senders who do so all the same.
 */
export function nameProblem(name: string): string | undefined {
  if (name === "data") return "is not a name for an attribute";
  return /^[a-z\d]+$/.test(name) ? undefined : "must be named in lower-case letters and digits alone";
}

export type CheckedValue = { ok: true; value: ExtensionValue } | { ok: false; message: string };

/** Checks the value of an attribute whose name is right. */
export function checkAttribute(name: string, value: unknown): CheckedValue {
  const coreProblem = CORE_ATTRIBUTES.get(name);
  if (typeof value === "string") {
    const message = stringProblem(value, coreProblem);
    return message === undefined ? { ok: true, value } : { ok: false, message };
  }
  if (coreProblem !== undefined) return { ok: false, message: "must be a string" };
  if (typeof value === "boolean" || isInteger(value)) return { ok: true, value };
  return { ok: false, message: "must be a string, a boolean or an integer of 32 bits" };
}

function stringProblem(text: string, coreProblem: ((text: string) => string | undefined) | undefined) {
  if (DISALLOWED_CHARACTERS.test(text)) {
    return "must not hold control characters, noncharacters or lone surrogates";
  }
  if (coreProblem === undefined) return undefined;
  return text === "" ? "must not be empty" : coreProblem(text);
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= INTEGER_MIN && value <= INTEGER_MAX;
}
