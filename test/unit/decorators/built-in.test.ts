/** Each built-in decorator keeps its contract, and does what its own examples say. */
import { describe, expect, it } from "vitest";
import { validateEvent } from "../../../core/cloudevents/validate.ts";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import {
  EXAMPLE_ATTRIBUTES,
  Reject,
  type Decorator,
  type ExampleEvent,
} from "../../../decorators/contract.ts";
import { EXAMPLE_CONTEXT } from "./example-context.ts";

const find = (name: string) => BUILT_IN.find((decorator) => decorator.name === name);

/** Whoever mutates what is frozen throws: modules are strict. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}

function completed(event: ExampleEvent) {
  const validation = validateEvent({ ...EXAMPLE_ATTRIBUTES, ...event });
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors));
  return validation.event;
}

function prepared(decorator: Decorator, options: object) {
  const answer = decorator.prepare(deepFreeze(options), ["with"], find);
  if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
  return answer.decorate;
}

it("names are those of the files, and no two are the same", async () => {
  const names = BUILT_IN.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    const module: unknown = await import(`../../../decorators/built-in/${name}.ts`);
    expect(Object.values(Object(module))).toContain(BUILT_IN.find((decorator) => decorator.name === name));
  }
});

describe.each(BUILT_IN)("$name", (decorator) => {
  it.each(decorator.examples)("$shows", async ({ with: options, given, expect: expected }) => {
    const decorate = prepared(decorator, options);
    const run = async () => decorate(deepFreeze(completed(given)), EXAMPLE_CONTEXT);

    if ("rejects" in expected) {
      await expect(run()).rejects.toThrow(new Reject(expected.rejects));
      return;
    }
    const decorated = await run();
    const events = Array.isArray(decorated) ? decorated : decorated === undefined ? [] : [decorated];
    expect(events).toEqual(expected.map(completed));
    for (const event of events) expect(validateEvent(event).ok).toBe(true);
  });
});
