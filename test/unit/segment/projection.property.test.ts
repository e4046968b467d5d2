import fc from "fast-check";
import { expect, it } from "vitest";
import { selectFields } from "../../../core/document/select.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import { ByteWriter } from "../../../shard-workers/segment/bytes.ts";
import { Projection } from "../../../shard-workers/segment/projection.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function project(json: string, select: readonly string[]): string {
  const out = new ByteWriter();
  out.byte(120);
  new Projection(select).append(encoder.encode(json), out);
  const text = decoder.decode(out.view());
  expect(text[0]).toBe("x");
  return text.slice(1);
}

/** None is a lone backslash: V8 takes the name "\\u0000" for that, where objects had it before. */
const name = fc.constantFrom("id", "a", "b", "ab", "a-b", "ü", 'q"', "\u0000", "c.d", "__proto__x", "");
const space = fc.constantFrom("", " ", "\n\t", "  ");

/** JSON of an object with white space wherever it may be. */
const texts = fc
  .tuple(
    fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }),
    space,
    space,
    fc.constantFrom(0, 1),
  )
  .map(([value, before, after, indent]) => {
    const members = Object.entries(value).map(
      ([key, member]) =>
        `${before}${JSON.stringify(key)}${after}:${before}${JSON.stringify(member, undefined, indent)}${after}`,
    );
    return `${after}{${members.join(",")}${before}}${after}`;
  });

it("cuts out of a document's bytes what selectFields selects of its value", () => {
  fc.assert(
    fc.property(texts, fc.uniqueArray(name, { maxLength: 4 }), (json, select) => {
      expect(JSON.parse(project(json, select))).toEqual(selectFields(JSON.parse(json) as JsonObject, select));
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  [String.raw`{"id":"1","\u0061":1,"b":2}`, ["a"], { id: "1", a: 1 }],
  [String.raw`{"a":"x\\","b":"\"","c":"}]{["}`, ["a", "b"], { a: "x\\", b: '"' }],
  [`{"a":{"b":[{"c":"}"}]},"d":-1.5e3}`, ["d"], { d: -1500 }],
  [`{"a":1}`, ["none"], {}],
  ["{}", ["a"], {}],
  [`{"a":{"b":1,"c":2},"d":3}`, ["a.b"], { a: { b: 1 } }],
  [`{"a":true,"b":null,"c":false}`, ["b", "c"], { b: null, c: false }],
])("%s, of which %j", (json, select, expected) => {
  expect(JSON.parse(project(json, select))).toEqual(expected);
});
