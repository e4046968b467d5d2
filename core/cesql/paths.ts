/** Reading a path out of JSON. Only what the JSON itself holds is found, nothing that its objects inherit. */
import { isObject } from "../document/values.ts";
import type { CesqlValue } from "./ast.ts";
import type { Operand } from "./runtime.ts";

/** A JSON value as an expression sees it; undefined: it does not see it. */
export type Accept = (value: unknown) => CesqlValue | undefined;

/** Any text, number or boolean. */
export const acceptPrimitive: Accept = (value) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;

/** Anything there is: for EXISTS. */
export const acceptAnything: Accept = () => true;

/**
 * A reader of the values at a path. Arrays on the way and at its end are spread, arrays in arrays too; null is as
 * absent as nothing. Allocates only where it meets an array.
 */
export function pathReader(path: readonly string[], accept: Accept): (root: unknown) => Operand {
  return (root) => {
    let value = root;
    for (let index = 0; index < path.length; index++) {
      const step = path[index] ?? "";
      if (Array.isArray(value)) return readMany([value], path.slice(index), accept);
      if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
      value = value[step];
    }
    if (Array.isArray(value)) return isPlain(value, accept) ? value : readMany([value], [], accept);
    return value === null || value === undefined ? undefined : accept(value);
  };
}

/** Whether an array is as an operand is: two values or more, none of which needs a change. */
function isPlain(values: readonly unknown[], accept: Accept): values is readonly CesqlValue[] {
  if (values.length < 2) return false;
  for (const value of values) if (accept(value) !== value) return false;
  return true;
}

function readMany(roots: readonly unknown[], path: readonly string[], accept: Accept): Operand {
  let values = spread(roots);
  for (const step of path) {
    values = spread(
      values.map((value) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : null)),
    );
  }
  const accepted = values.map(accept).filter((value) => value !== undefined);
  return accepted.length > 1 ? accepted : accepted[0];
}

/** The values with every array in them spread, in order. Without recursion: an event's data may nest deeply. */
function spread(roots: readonly unknown[]): unknown[] {
  const values: unknown[] = [];
  const ahead = roots.toReversed();
  while (ahead.length > 0) {
    const value = ahead.pop();
    if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) ahead.push(value[index]);
    } else if (value !== null && value !== undefined) {
      values.push(value);
    }
  }
  return values;
}
