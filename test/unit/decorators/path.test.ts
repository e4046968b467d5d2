import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { read, readAll, remove, rewrite, write } from "../../../decorators/support/access.ts";
import { EACH, parsePath, type EventPath } from "../../../decorators/support/path.ts";
import { eventOf } from "./prepare.ts";

function pathOf(text: string): EventPath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.path;
}

function stepsOf(text: string) {
  const path = pathOf(text);
  return path.kind === "data" ? path.steps : path.name;
}

const data = { a: { b: [{ c: 1 }, { c: 2 }] }, "x.y": { "": 5 }, n: null, list: ["p", "q"] };
const event: CloudEvent = eventOf({ subject: "s", data });

describe("a path's text", () => {
  it.each([
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['headers["x-request.id"]', ["headers", "x-request.id"]],
    ['["data"].id', ["data", "id"]],
    ["data2.x", ["data2", "x"]],
    ["items[*].price", ["items", EACH, "price"]],
    ["a[-1][2]", ["a", -1, 2]],
    ['[""]', [""]],
    ["größe.naïve-name_1", ["größe", "naïve-name_1"]],
    ["constructor.prototype", ["constructor", "prototype"]],
    ["$", []],
    ["@subject", "subject"],
  ])("%s is read", (text, steps) => {
    expect(stepsOf(text)).toEqual(steps);
  });

  it.each([
    ["", /empty/],
    [".a", /lacks a name/],
    ["a.", /lacks a name/],
    ["a..b", /lacks a name/],
    ["a b", /can't be read/],
    ["a[", /can't be read/],
    ["a[x]", /can't be read/],
    ["a[1.5]", /can't be read/],
    ["a['b']", /can't be read/],
    ["a[100000]", /index beyond/],
    ['a["\\x"]', /no JSON string/],
    ["data", /write \$/],
    ["data.a", /write a,/],
    ["data[0]", /write 0\]|begins with data/],
    ["@Subject", /names no attribute/],
    ["@a.b", /names no attribute/],
    ["@data", /is \$/],
    ["__proto__", /__proto__/],
    ['a["__proto__"].b', /__proto__/],
    ['a["__proto\\u005f_"]', /__proto__/],
    [`a${".b".repeat(70)}`, /more than 64 steps/],
  ])("%j is refused", (text, message) => {
    expect(parsePath(text)).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });

  it("of any kind is read or refused, and never thrown at", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...'a.[]"*\\@$-10') })),
        (text) => {
          expect(typeof parsePath(text).ok).toBe("boolean");
        },
      ),
    );
  });
});

describe("reading", () => {
  it.each([
    ["a.b[1].c", 2],
    ["a.b[-1].c", 2],
    ["a.b[5].c", undefined],
    ["a.b.c", undefined],
    ['["x.y"][""]', 5],
    ["n", null],
    ["n.x", undefined],
    ["list[0]", "p"],
    ["list[0][0]", undefined],
    ["list.length", undefined],
    ["constructor", undefined],
    ["a.toString", undefined],
    ["$", data],
    ["@subject", "s"],
    ["@id", "1"],
    ["@nothing", undefined],
  ])("%s finds %j", (text, value) => {
    expect(read(event, pathOf(text))).toEqual(value);
  });

  it("of several places finds each", () => {
    expect(readAll(event, pathOf("a.b[*].c"))).toEqual([1, 2]);
    expect(readAll(event, pathOf("a[*]"))).toEqual([]);
  });
});

describe("writing", () => {
  it.each([
    ["a.b[0].c", { ...data, a: { b: [{ c: "!" }, { c: 2 }] } }],
    ["a.b[-1]", { ...data, a: { b: [{ c: 1 }, "!"] } }],
    ["a.b[2]", { ...data, a: { b: [{ c: 1 }, { c: 2 }, "!"] } }],
    ["new.deep.field", { ...data, new: { deep: { field: "!" } } }],
    ["n.x", { ...data, n: { x: "!" } }],
    ["constructor.name", { ...data, constructor: { name: "!" } }],
    ["$", "!"],
  ])("at %s changes that alone, and not the event that it is given", (text, expected) => {
    const before = JSON.stringify(event);

    expect(write(event, pathOf(text), "!").data).toEqual(expected);
    expect(JSON.stringify(event)).toBe(before);
    expect(Object.prototype).not.toHaveProperty("name");
  });

  it.each([
    ["a.b[3]", "there is no such element"],
    ["a.b.c", "no object"],
    ["a[0]", "no array"],
    ["list[0].x", "no object"],
    ["fresh[0]", "no array"],
  ])("at %s is refused: %s", (text, message) => {
    expect(() => write(event, pathOf(text), 1)).toThrow(message);
  });

  it("into an event without data makes it; into other data it can't", () => {
    expect(write(eventOf({}), pathOf("a.b"), 1).data).toEqual({ a: { b: 1 } });
    expect(() => write(eventOf({ data: "text" }), pathOf("a"), 1)).toThrow("no object");
    expect(() => write(eventOf({ data_base64: "AAAA" }), pathOf("a"), 1)).toThrow("no object");
    expect(() => write(eventOf({ datacontenttype: "text/plain" }), pathOf("a"), 1)).toThrow("no object");
  });

  it("all of the data puts other data in its place, and its type right", () => {
    expect(
      write(eventOf({ datacontenttype: "image/png", data_base64: "AAAA" }), pathOf("$"), { a: 1 }),
    ).toEqual(eventOf({ datacontenttype: "application/json", data: { a: 1 } }));
    expect(write(eventOf({ datacontenttype: "text/csv", data: "a" }), pathOf("$"), "b")).toEqual(
      eventOf({ datacontenttype: "text/csv", data: "b" }),
    );
  });

  it.each([
    [5, 5],
    [2.5, "2.5"],
    [2 ** 40, "1099511627776"],
    [true, true],
  ])("an attribute makes of %j what attributes can be", (value, written) => {
    expect(write(event, pathOf("@extra"), value)["extra"]).toBe(written);
  });

  it.each([[{}], [[]], ["a\u0000"], [Number.NaN]])("%j into an attribute is refused", (value) => {
    expect(() => write(event, pathOf("@extra"), value)).toThrow("@extra: must");
  });

  it("null takes an attribute away, but for the type", () => {
    expect(write(event, pathOf("@subject"), null)).not.toHaveProperty("subject");
    expect(() => write(event, pathOf("@type"), null)).toThrow("every event has one");
  });
});

describe("removing", () => {
  it.each([
    ["a.b[0]", { ...data, a: { b: [{ c: 2 }] } }],
    ["a.b[*].c", { ...data, a: { b: [{}, {}] } }],
    ["a.b[*]", { ...data, a: { b: [] } }],
    ["n", { a: data.a, "x.y": data["x.y"], list: data.list }],
  ])("%s takes that away alone", (text, expected) => {
    expect(remove(event, pathOf(text)).data).toEqual(expected);
  });

  it.each(["nothing", "a.nothing", "a.b[7]", "list.x", "@nothing"])(
    "%s leaves the very same event",
    (text) => {
      expect(remove(event, pathOf(text))).toBe(event);
    },
  );

  it("keeps a field called __proto__ for what it is", () => {
    const odd = eventOf({ data: JSON.parse('{"__proto__": {"x": 1}, "a": {"__proto__": 2, "b": 1}}') });
    const left = remove(odd, pathOf("a.b"));

    expect(JSON.stringify(left.data)).toBe('{"__proto__":{"x":1},"a":{"__proto__":2}}');
    expect(JSON.stringify(write(odd, pathOf("a.c"), 3).data)).toBe(
      '{"__proto__":{"x":1},"a":{"__proto__":2,"b":1,"c":3}}',
    );
    expect(read(odd, pathOf("x"))).toBeUndefined();
  });
});

describe("rewriting", () => {
  it("shares what is not on the way", () => {
    const changed = rewrite(event, pathOf("list[0]"), () => "z");

    expect(changed.data).toEqual({ ...data, list: ["z", "q"] });
    expect(read(changed, pathOf("a"))).toBe(data.a);
  });

  it("that changes nothing leaves the very same event", () => {
    expect(rewrite(event, pathOf("a.b[*].c"), (value) => value)).toBe(event);
  });
});
