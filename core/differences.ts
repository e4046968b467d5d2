/** Where two JSON values differ, place by place. */
import type { CloudEvent } from "./cloudevents/event.ts";
import { memberPath } from "./cloudevents/faults.ts";
import { isEventLike } from "./cloudevents/given.ts";
import { isObject } from "./document/values.ts";
import type { FieldError } from "./errors.ts";

/** Beyond these, more of them tell nothing new. */
const DIFFERENCES_MAX = 20;

/** A value is shown up to this length. */
const SHOWN_CHARS_MAX = 200;

/** At each place what was expected, and what is there. No order of members counts. */
export function differences(expected: unknown, actual: unknown, path: string): FieldError[] {
  const found: FieldError[] = [];
  compare(expected, actual, path, found);
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

function compare(expected: unknown, actual: unknown, path: string, found: FieldError[]): void {
  if (found.length >= DIFFERENCES_MAX || Object.is(expected, actual)) return;
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    for (const [index, each] of expected.entries()) compare(each, actual[index], `${path}[${index}]`, found);
  } else if (isObject(expected) && isObject(actual)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const [before, after] = [own(expected, name), own(actual, name)];
      compare(before, after, memberPath(path, name), found);
    }
  } else found.push({ path, message: `expected ${show(expected)}, got ${show(actual)}` });
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
