import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues, isObject, typedValue, valuesAt } from "../../../../core/document/values.ts";

describe("the values at a path", () => {
  it.each<[unknown, string, unknown[]]>([
    [{ a: 1 }, "a", [1]],
    [{ a: null }, "a", []],
    [{}, "a", []],
    [{ a: [] }, "a", []],
    [{ a: [1, [2, [3, null]]] }, "a", [1, 2, 3]],
    [{ a: { b: 1 } }, "a.b", [1]],
    [{ a: [{ b: 1 }, { b: [2, 3] }, { c: 4 }, 5] }, "a.b", [1, 2, 3]],
    [{ "a.b": 1 }, "a.b", []],
    [{ a: { b: 1 } }, "a", [{ b: 1 }]],
    [{ a: false }, "a", [false]],
    [{ a: "" }, "a", [""]],
    [{}, "constructor", []],
    [{ a: "text" }, "a.length", []],
  ])("of %j, %s, are %j", (document, path, expected) => {
    expect(isObject(document) ? valuesAt(document, path) : undefined).toEqual(expected);
  });
});

describe("a value of a type", () => {
  it.each([
    ["x", "text", "x"],
    ["x", "keyword", "x"],
    [1, "text", undefined],
    [1.5, "number", 1.5],
    ["1", "number", undefined],
    [true, "boolean", true],
    ["true", "boolean", undefined],
    [0, "boolean", undefined],
    ["2020-01-02", "date", Date.UTC(2020, 0, 2)],
    [86_400_000, "date", 86_400_000],
    [8.64e15, "date", 8.64e15],
    [8.64e15 + 1, "date", undefined],
    ["yesterday", "date", undefined],
    [{}, "text", undefined],
  ] as const)("%j as %s is %j", (value, type, expected) => {
    expect(typedValue(value, type)).toBe(expected);
  });
});

it("leaves out what is of another type, and keeps the order of the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null))), (values) => {
      expect(fieldValues({ a: values }, "a", "number")).toEqual(
        values.filter((value) => typeof value === "number"),
      );
    }),
  );
});
