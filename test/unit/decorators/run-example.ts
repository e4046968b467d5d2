/** Runs an example of a decorator as the contract has it: nothing that it is given may be changed, and what it answers is valid. */
import { expect } from "vitest";
import { validateEvent } from "../../../core/cloudevents/validate.ts";
import {
  EXAMPLE_ATTRIBUTES,
  Reject,
  type Decorator,
  type DecoratorExample,
  type ExampleEvent,
} from "../../../decorators/contract.ts";
import { EXAMPLE_CONTEXT } from "./example-context.ts";
import { find } from "./prepare.ts";

export async function expectExample(decorator: Decorator, example: DecoratorExample): Promise<void> {
  const { with: options, given, expect: expected } = example;
  const prepared = decorator.prepare(deepFreeze(options), ["with"], find);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
  const run = async () => prepared.decorate(deepFreeze(completed(given)), EXAMPLE_CONTEXT);

  if ("rejects" in expected) {
    await expect(run()).rejects.toThrow(new Reject(expected.rejects));
    return;
  }
  const decorated = await run();
  const events = Array.isArray(decorated) ? decorated : decorated === undefined ? [] : [decorated];
  expect(events).toEqual(expected.map(completed));
  for (const event of events) expect(validateEvent(event).ok).toBe(true);
}

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
