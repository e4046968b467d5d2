/** JSON Merge Patch (RFC 7396, section 2). */
import { isObject, type JsonObject } from "./values.ts";

/** The target with the patch applied: null removes, an object merges, anything else replaces. Neither is changed. */
export function mergePatch(target: unknown, patch: JsonObject): JsonObject {
  // A Map, since a plain assignment to "__proto__" would set the prototype.
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, isObject(value) ? mergePatch(result.get(name), value) : value);
  }
  return Object.fromEntries(result);
}
