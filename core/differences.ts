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
  return valueDifferences(expected, actual, path).map(({ path: at, values: [before, after] }) => ({
    path: at,
    message: `expected ${before ?? "nothing"}, got ${after ?? "nothing"}`,
  }));
}

/** At each place what the two have there, as JSON that may be cut off. */
export function valueDifferences(one: unknown, other: unknown, path: string): ValueDifference[] {
  const found: ValueDifference[] = [];
  compare(one, other, path, found);
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

function compare(one: unknown, other: unknown, path: string, found: ValueDifference[]): void {
  if (found.length >= DIFFERENCES_MAX || Object.is(one, other)) return;
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    for (const [index, each] of one.entries()) compare(each, other[index], `${path}[${index}]`, found);
  } else if (isObject(one) && isObject(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
      compare(own(one, name), own(other, name), memberPath(path, name), found);
    }
  } else found.push({ path, values: [show(one), show(other)] });
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function show(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
