/** Events as people write them in examples and simulations: whole, with only the attributes that matter, or as data alone. */
import { isObject } from "../document/values.ts";
import { nameProblem } from "./attributes.ts";
import type { CloudEvent } from "./event.ts";
import { validateEvent, type Validation } from "./validate.ts";

/**
 * Whether an object is meant as an event rather than as data: it names its `specversion`, or it has `data` and nothing
 * that could not be an attribute.
 */
export function isEventLike(given: object): boolean {
  if ("specversion" in given) return true;
  if (!("data" in given) && !("data_base64" in given)) return false;
  return Object.entries(given).every(
    ([name, value]) =>
      name === "data" ||
      name === "data_base64" ||
      (nameProblem(name) === undefined && (typeof value !== "object" || value === null)),
  );
}

/** The event that is meant; attributes that are left out are those of `defaults`. Paths of faults begin with `path`. */
export function eventOf(given: unknown, defaults: CloudEvent, path: string): Validation {
  if (!isObject(given)) {
    return { ok: false, code: "invalid-event", errors: [{ path, message: "must be a JSON object" }] };
  }
  return validateEvent(isEventLike(given) ? { ...defaults, ...given } : { ...defaults, data: given }, path);
}
