import { describe, expect, it } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { defaults } from "../../../decorators/built-in/defaults.ts";
import { EXAMPLE_ATTRIBUTES } from "../../../decorators/contract.ts";
import { contextWith } from "./memory-services.ts";

const context = contextWith();
const find = () => undefined;

function fill(values: object, event: Partial<CloudEvent>) {
  const prepared = defaults.prepare(values, ["steps", 0, "with"], find);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
  return prepared.decorate({ ...EXAMPLE_ATTRIBUTES, ...event }, context);
}

describe("defaults", () => {
  it("leaves attributes and extensions as they are", () => {
    const event = { subject: "s", time: "2026-01-01T00:00:00Z", traceid: "abc", data: {} };

    expect(fill({ level: "info" }, event)).toEqual({
      ...EXAMPLE_ATTRIBUTES,
      ...event,
      data: { level: "info" },
    });
  });

  it.each([
    ["a text", { data: "text" }],
    ["null", { data: null }],
    ["a number", { data: 0 }],
    ["bytes", { data_base64: "AAAA" }],
  ])("leaves data that is %s", (_, event) => {
    expect(fill({ level: "info" }, event)).toEqual({ ...EXAMPLE_ATTRIBUTES, ...event });
  });

  it("does not fill inside what is no object on either side", () => {
    const data = { a: [1], b: "text", c: { d: 1 } };

    expect(fill({ a: { x: 1 }, b: { x: 1 }, c: 2 }, { data })).toMatchObject({ data });
  });

  it("takes names of the language for what they are: names", () => {
    const values: object = JSON.parse('{"constructor": "x", "meta": {"__proto__": {"polluted": true}}}');
    const filled = fill(values, { data: { meta: {} } });

    expect(JSON.stringify(filled)).toContain(
      '"data":{"meta":{"__proto__":{"polluted":true}},"constructor":"x"}',
    );
    expect("polluted" in {}).toBe(false);
  });

  it.each([undefined, {}])("refuses to have nothing to fill in: %j", (options) => {
    expect(defaults.prepare(options, ["steps", 0, "with"], find)).toEqual({
      ok: false,
      errors: [{ path: "steps[0].with", message: "names at least one field with its default" }],
    });
  });

  it("refuses what is no object", () => {
    expect(defaults.prepare(["a"], ["steps", 2, "with"], find)).toMatchObject({
      ok: false,
      errors: [{ path: "steps[2].with" }],
    });
  });
});
