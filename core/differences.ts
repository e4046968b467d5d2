/** Where two JSON values differ, place by place. */
import type { CloudEvent } from "./cloudevents/event.ts";
import { memberPath } from "./cloudevents/faults.ts";
import { isEventLike } from "./cloudevents/given.ts";
import type { ValueDifference } from "./contracts/function-comparison.ts";
import { isObject } from "./document/values.ts";
import type { FieldError } from "./errors.ts";

/** Beyond these, more of them tell nothing new. */
const DIFFERENCES_MAX = 20;

/** A value is shown up to this length. */
const SHOWN_CHARS_MAX = 200;

/** At each place what was expected, and what is there. No order of members counts. */
export function differences(expected: unknown, actual: unknown, path: string): FieldError[] {
  return valueDifferences(expected, actual, path).map(({ path: at, a, b }) => ({
    path: at,
    message: `expected ${a ?? "nothing"}, got ${b ?? "nothing"}`,
  }));
}

/** At each place what the two have there, as JSON that may be cut off. */
export function valueDifferences(a: unknown, b: unknown, path: string): ValueDifference[] {
  const found: ValueDifference[] = [];
  compare(a, b, path, found);
  return found;
}

/** Of an event only what is named is compared, its data as a whole; data is compared as a whole. */
export function eventDifferences(
  expected: unknown,
  made: CloudEvent | undefined,
  path: string,
): FieldError[] {
  if (!isObject(expected) || !isEventLike(expected)) return differences(expected, made?.data, path);
  return Object.entries(expected).flatMap(([name, value]) =>
    differences(value, made?.[name], `${path}.${name}`),
  );
}

function compare(a: unknown, b: unknown, path: string, found: ValueDifference[]): void {
  if (found.length >= DIFFERENCES_MAX || Object.is(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, each] of a.entries()) compare(each, b[index], `${path}[${index}]`, found);
  } else if (isObject(a) && isObject(b)) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      compare(own(a, name), own(b, name), memberPath(path, name), found);
    }
  } else found.push({ path, a: show(a), b: show(b) });
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function show(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
