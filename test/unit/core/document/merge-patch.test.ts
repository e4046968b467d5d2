import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergePatch } from "../../../../core/document/merge-patch.ts";
import { isObject, type JsonObject } from "../../../../core/document/values.ts";

/**
 * RFC 7396, appendix A: target, patch, result. The four whose patch is no object are left out, since a document is
 * one, and the root refuses them: `["c"]`, `null`, `"bar"` and the array on `{"a": "foo"}`.
 */
const VECTORS = [
  [`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`],
  [`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`],
  [`{"a":"b"}`, `{"a":null}`, `{}`],
  [`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`],
  [`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`],
  [`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`],
  [`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`],
  [`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`],
  [`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`],
  [`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`],
  [`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`],
] as const;

function parsePatch(text: string): JsonObject {
  const patch: unknown = JSON.parse(text);
  if (!isObject(patch)) throw new Error(`${text} is no object`);
  return patch;
}

const objects = fc.dictionary(
  fc.constantFrom("a", "b", "c", "__proto__", "constructor", "toString"),
  fc.jsonValue({ maxDepth: 3 }),
  { noNullPrototype: true },
);

describe("a merge patch", () => {
  it.each(VECTORS)("makes of %s by %s, as RFC 7396 has it, %s", (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), parsePatch(patch))).toEqual(JSON.parse(result));
  });

  it("changes neither the target nor itself", () => {
    fc.assert(
      fc.property(objects, objects, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        mergePatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it("applied again changes nothing more", () => {
    fc.assert(
      fc.property(objects, objects, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(JSON.stringify(mergePatch(once, patch))).toBe(JSON.stringify(once));
      }),
    );
  });

  it("that is empty changes nothing", () => {
    fc.assert(
      fc.property(objects, (target) => {
        expect(mergePatch(target, {})).toEqual(target);
      }),
    );
  });

  it("takes __proto__ for the name of a member like any other", () => {
    const patched = mergePatch(
      {},
      parsePatch(`{"__proto__": {"polluted": true}, "a": {"__proto__": {"b": 1}}}`),
    );

    expect(JSON.stringify(patched)).toBe(`{"__proto__":{"polluted":true},"a":{"__proto__":{"b":1}}}`);
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(JSON.stringify(mergePatch(patched, parsePatch(`{"__proto__": null}`)))).toBe(
      `{"a":{"__proto__":{"b":1}}}`,
    );
  });
});
