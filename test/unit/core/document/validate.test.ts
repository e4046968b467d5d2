import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "../../../../core/collection.ts";
import {
  DOCUMENT_BYTES_MAX,
  DOCUMENT_DEPTH_MAX,
  parseDocument,
  prepareDocument,
  preparePatch,
} from "../../../../core/document/validate.ts";
import { isObject, type JsonObject } from "../../../../core/document/values.ts";
import { collectionOf } from "../../collection-of.ts";

const { fields } = collectionOf();
const none: Fields = {};

/** An object with this many objects or arrays below it, and a value at the bottom. */
function nested(levels: number, bottom: unknown = 1, array = false): JsonObject {
  let value = bottom;
  for (let level = 0; level < levels; level++) value = array ? [value] : { a: value };
  return { a: value };
}

describe("a document's text", () => {
  it.each(["", "{", "nul", "{'a': 1}", '{"a": 1}}', "\u0000", '{"a": 1e}', "[1"])(
    "%j is not JSON",
    (text) => {
      expect(parseDocument(text)).toMatchObject({ ok: false, code: "invalid-json" });
    },
  );

  it.each(["null", "1", '"a"', "true", "[]", '[{"id": "1"}]'])("%s is JSON, and no document", (text) => {
    expect(parseDocument(text)).toMatchObject({ ok: false, code: "invalid-document" });
  });

  it("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
        const parsed = parseDocument(text);
        if (parsed.ok) expect(isObject(parsed.document)).toBe(true);
      }),
    );
    expect(parseDocument("[".repeat(1_000_000))).toMatchObject({ ok: false });
    expect(parseDocument('{"a":'.repeat(200_000) + 1 + "}".repeat(200_000)).ok).toBe(true);
  });
});

describe("a document as it is stored", () => {
  it("has its id first, and is otherwise as it came", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true }),
        (document) => {
          const { id: _, ...rest } = document;
          const prepared = prepareDocument(rest, "1", none);
          expect(prepared).toMatchObject({ ok: true, id: "1" });
          if (prepared.ok)
            expect(JSON.parse(prepared.json)).toEqual(JSON.parse(JSON.stringify({ id: "1", ...rest })));
        },
      ),
    );
  });

  it("may repeat its id, and not contradict it", () => {
    expect(prepareDocument({ id: "1", a: 2 }, "1", none)).toEqual({
      ok: true,
      id: "1",
      json: '{"id":"1","a":2}',
    });
    expect(prepareDocument({ id: "2" }, "1", none)).toMatchObject({ ok: false, code: "invalid-id" });
    expect(prepareDocument({ id: 1 }, "1", none)).toMatchObject({ ok: false, code: "invalid-id" });
    expect(prepareDocument({ id: null }, "1", none)).toMatchObject({ ok: false, code: "invalid-id" });
  });

  it.each(["", "a\n", "\ud800", "x".repeat(257)])("has no id such as %j", (id) => {
    expect(prepareDocument({}, id, none)).toMatchObject({ ok: false, code: "invalid-id" });
  });

  it("keeps a member named __proto__ as a member", () => {
    const parsed = parseDocument('{"__proto__": {"a": 1}}');
    if (!parsed.ok) throw new Error(parsed.message);

    expect(prepareDocument(parsed.document, "1", none)).toMatchObject({
      json: '{"id":"1","__proto__":{"a":1}}',
    });
  });
});

describe("the types of fields", () => {
  it.each<[string, JsonObject]>([
    ["values of their types", { title: "a", genre: "b", year: 1, released: "2020-01-01", adult: true }],
    ["dates as epoch milliseconds", { released: 0 }],
    ["arrays of values", { title: ["a", "b"], year: [1, 2] }],
    ["nulls, empty arrays and nothing", { title: null, year: [], genre: [null, ["a"]] }],
    ["anything where nothing is declared", { other: { deep: [1, "a", null] } }],
  ])("let through %s", (_, document) => {
    expect(prepareDocument(document, "1", fields).ok).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ["title", { title: 1 }],
    ["genre", { genre: true }],
    ["year", { year: "1975" }],
    ["year", { year: [1, "2"] }],
    ["year", { year: { value: 1 } }],
    ["released", { released: "soon" }],
    ["released", { released: "2021-02-29" }],
    ["released", { released: 1e300 }],
    ["adult", { adult: "no" }],
  ])("name the field %s of %j", (path, document) => {
    const prepared = prepareDocument(document, "1", fields);

    expect(prepared).toMatchObject({ ok: false, code: "invalid-document", errors: [{ path }] });
  });

  it("name every wrong field of a document", () => {
    const prepared = prepareDocument({ title: 1, year: "x", adult: 0 }, "1", fields);

    expect(prepared).toMatchObject({ errors: [{ path: "title" }, { path: "year" }, { path: "adult" }] });
  });

  it("reach along paths, through arrays of objects", () => {
    const declared: Fields = { "cast.name": { type: "keyword" } };

    expect(prepareDocument({ cast: [{ name: "a" }, { name: ["b"] }] }, "1", declared).ok).toBe(true);
    expect(prepareDocument({ cast: [{ name: "a" }, { name: 1 }] }, "1", declared).ok).toBe(false);
  });
});

describe("the depth", () => {
  it.each([
    ["objects", false, 1],
    ["arrays", true, 1],
    ["objects with a null at the bottom", false, null],
    ["arrays with a null at the bottom", true, null],
    ["arrays with nothing at the bottom", true, ""],
  ])("of %s is bounded", (_, array, bottom) => {
    expect(prepareDocument(nested(DOCUMENT_DEPTH_MAX, bottom, array), "1", none).ok).toBe(true);
    expect(prepareDocument(nested(DOCUMENT_DEPTH_MAX + 1, bottom, array), "1", none)).toMatchObject({
      ok: false,
      code: "invalid-document",
    });
  });

  it("of a patch is that of a document", () => {
    expect(preparePatch(nested(DOCUMENT_DEPTH_MAX)).ok).toBe(true);
    expect(preparePatch(nested(DOCUMENT_DEPTH_MAX + 1))).toMatchObject({
      ok: false,
      code: "invalid-document",
    });
  });

  it("of a hundred thousand levels is refused, and overflows no stack", () => {
    expect(prepareDocument(nested(100_000), "1", { "a.a": { type: "text" } })).toMatchObject({ ok: false });
    expect(preparePatch(nested(100_000))).toMatchObject({ ok: false });
  });
});

describe("the size", () => {
  const around = '{"id":"1","a":""}'.length;

  it.each([
    ["a", 1],
    ["é", 2],
    ["日", 3],
    ["😀", 4],
    ["\u0000", 6],
    ["\ud800", 6],
  ])("is counted in bytes of stored JSON: of %j each takes %i", (character, bytes) => {
    const fits = Math.floor((DOCUMENT_BYTES_MAX - around) / bytes);

    expect(prepareDocument({ a: character.repeat(fits) }, "1", none).ok).toBe(true);
    expect(prepareDocument({ a: character.repeat(fits + 1) }, "1", none)).toMatchObject({
      ok: false,
      code: "document-too-large",
    });
  });
});
