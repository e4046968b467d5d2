/**
 * Reading and changing an event at a path. Nothing is mutated: a change answers with a new event that shares with the
 * old one whatever is not on the way. Objects have what is their own and nothing that they inherit, and a name is
 * always defined, never assigned, so that no name can reach a prototype.
 */
import { checkAttribute } from "../../core/cloudevents/attributes.ts";
import type { CloudEvent, JsonValue } from "../../core/cloudevents/event.ts";
import { isJson, parseMediaType } from "../../core/cloudevents/media-type.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { Reject } from "../contract.ts";
import { EACH, type EventPath, type PathStep } from "./path.ts";

/** What is at a place; undefined: nothing. For a path to several places, the first of them. */
export function read(event: CloudEvent, path: EventPath): unknown {
  if (path.kind === "attribute") return event[path.name];
  let value: unknown = event.data;
  for (const step of path.steps) value = child(value, step === EACH ? 0 : step);
  return value;
}

/** What is at each place of a path, in order. */
export function readAll(event: CloudEvent, path: EventPath): unknown[] {
  if (path.kind === "attribute") return present(event[path.name]);
  let values = present(event.data);
  for (const step of path.steps) {
    values = values.flatMap((value): unknown[] => {
      if (step !== EACH) return present(child(value, step));
      return Array.isArray(value) ? value : [];
    });
  }
  return values;
}

/** Puts a value at a place. Objects are made on the way where there is nothing; an array grows by one at its end. */
export function write(event: CloudEvent, path: EventPath, value: unknown): CloudEvent {
  if (path.kind === "attribute") return writeAttribute(event, path.name, value);
  if (path.steps.length === 0) return withData(event, value);
  return { ...event, data: put(writableData(event), path.steps, 0, value, path.text) };
}

/** Takes away what is at each place of a path. The same event where nothing is. */
export function remove(event: CloudEvent, path: EventPath): CloudEvent {
  return rewrite(event, path, () => undefined);
}

/**
 * Puts in place of each value at a path what `change` makes of it; undefined takes it away. It is called for what there
 * is alone, null included. The same event where nothing changes.
 */
export function rewrite(event: CloudEvent, path: EventPath, change: (value: unknown) => unknown): CloudEvent {
  if (path.kind === "attribute") {
    const value = event[path.name];
    if (value === undefined) return event;
    const changed = change(value);
    return changed === value ? event : writeAttribute(event, path.name, changed);
  }
  if (event.data === undefined) return event;
  const data = edit(event.data, path.steps, 0, change);
  return data === event.data ? event : withData(event, data);
}

/** The event with other data. Where its type was not JSON and the data is no text, its type is JSON from now on. */
export function withData(event: CloudEvent, data: unknown): CloudEvent {
  const { data: _, data_base64: __, ...attributes } = event;
  const { specversion, id, source, type } = event;
  const bare: CloudEvent = { ...attributes, specversion, id, source, type };
  if (data === undefined) return bare;
  if (!isJsonValue(data)) throw new Reject("What a step made is no JSON value.");
  if (typeof data !== "string" && !hasJsonType(event)) bare.datacontenttype = "application/json";
  return { ...bare, data };
}

/** Whether data of this event is a JSON value. */
export function hasJsonType({ datacontenttype }: CloudEvent): boolean {
  const type = datacontenttype === undefined ? undefined : parseMediaType(datacontenttype);
  return datacontenttype === undefined || (type !== undefined && isJson(type));
}

function isJsonValue(value: unknown): value is JsonValue {
  return ["string", "number", "boolean", "object"].includes(typeof value);
}

function writableData(event: CloudEvent): JsonObject | unknown[] {
  const { data } = event;
  if (isObject(data) || Array.isArray(data)) return data;
  if (data === undefined && event.data_base64 === undefined && hasJsonType(event)) return {};
  throw new Reject("The event's data is no object, and has no fields.");
}

function put(
  value: unknown,
  steps: readonly PathStep[],
  at: number,
  leaf: unknown,
  text: string,
): JsonObject | unknown[] {
  const step = steps[at];
  const next = (current: unknown) =>
    at === steps.length - 1 ? leaf : put(current ?? {}, steps, at + 1, leaf, text);
  if (typeof step === "string") {
    if (!isObject(value)) throw new Reject(`${text}: what it leads through is no object.`);
    return { ...value, [step]: next(own(value, step)) };
  }
  if (!Array.isArray(value)) throw new Reject(`${text}: what it leads through is no array.`);
  const index = typeof step === "number" ? place(value, step) : -1;
  if (index < 0 || index > value.length) throw new Reject(`${text}: there is no such element.`);
  const elements = value.map((element: unknown) => element);
  elements[index] = next(value[index]);
  return elements;
}

function edit(
  value: unknown,
  steps: readonly PathStep[],
  at: number,
  change: (value: unknown) => unknown,
): unknown {
  if (at === steps.length) return change(value);
  const step = steps[at];
  if (typeof step === "string") {
    if (!isObject(value) || !Object.hasOwn(value, step)) return value;
    const changed = edit(value[step], steps, at + 1, change);
    if (changed === value[step]) return value;
    if (changed !== undefined) return { ...value, [step]: changed };
    const { [step]: _, ...others } = value;
    return others;
  }
  if (!Array.isArray(value)) return value;
  const only = typeof step === "number" ? place(value, step) : undefined;
  let differs = false;
  const elements = value.flatMap((element: unknown, index): unknown[] => {
    if (only !== undefined && index !== only) return [element];
    const changed = edit(element, steps, at + 1, change);
    if (changed !== element) differs = true;
    return changed === undefined ? [] : [changed];
  });
  return differs ? elements : value;
}

function child(value: unknown, step: string | number): unknown {
  if (typeof step === "string") return isObject(value) ? own(value, step) : undefined;
  return Array.isArray(value) ? value[place(value, step)] : undefined;
}

function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function place(array: readonly unknown[], index: number): number {
  return index < 0 ? array.length + index : index;
}

function present(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}

/** An attribute is a text, a boolean or an integer of 32 bits: another number becomes a text, null takes it away. */
function writeAttribute(event: CloudEvent, name: string, value: unknown): CloudEvent {
  if (value === undefined || value === null) {
    if (name === "type") throw new Reject("@type: every event has one.");
    const { [name]: _, ...others } = event;
    const { specversion, id, source, type } = event;
    return { ...others, specversion, id, source, type };
  }
  const isOtherNumber = typeof value === "number" && Number.isFinite(value) && (value | 0) !== value;
  const checked = checkAttribute(name, isOtherNumber ? String(value) : value);
  if (!checked.ok) throw new Reject(`@${name}: ${checked.message}.`);
  return { ...event, [name]: checked.value };
}
