/** Events that are made to break a step: they are rejected with a reason, and nothing grows without measure. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reject } from "../../../decorators/contract.ts";
import { canonicalJson } from "../../../decorators/support/canonical-json.ts";
import { isDeeperThan, isLargerThan } from "../../../decorators/support/json-size.ts";
import { contextWith } from "./memory-services.ts";
import { dataOf, eventOf, run, step } from "./prepare.ts";

const long = "x".repeat(90_000);

describe("megabytes are not made", () => {
  it.each<[string, string, object, unknown]>([
    [
      "replacing each character with much",
      "replace",
      { field: "a", pattern: "x", with: "y".repeat(10_000) },
      { a: long },
    ],
    [
      "replacing each by the letter",
      "replace",
      { field: "a", text: "x", with: "y".repeat(10_000) },
      { a: long },
    ],
    [
      "replacing between any two",
      "replace",
      { field: "a", pattern: "z*", with: "y".repeat(10_000) },
      { a: long },
    ],
    [
      "joining with much between",
      "join",
      { field: "a", separator: "y".repeat(1_000) },
      { a: Array.from({ length: 20_000 }, () => "x") },
    ],
    [
      "a table with long names in each row",
      "csv",
      { field: "a" },
      { a: `${"n".repeat(20_000)}\n${"1\n".repeat(30_000)}` },
    ],
    ["a table of very many rows", "csv", { field: "a", header: false }, { a: "\n".repeat(90_000) }],
    ["a table of very many values", "csv", { field: "a", header: false }, { a: ",".repeat(900_000) }],
    ["splitting into very many parts", "split", { field: "a", separator: "," }, { a: ",".repeat(90_000) }],
    ["splitting by a pattern", "split", { field: "a", pattern: "," }, { a: ",".repeat(90_000) }],
    [
      "an event for each of very many",
      "split",
      { field: "a", into: "events" },
      { a: Array.from({ length: 1_001 }, () => 1) },
    ],
    ["a text with the same field again and again", "set", { texts: { b: "{{a}}".repeat(100) } }, { a: long }],
    ["JSON in JSON in JSON", "json", { field: "a", action: "serialize" }, { a: "\u0000".repeat(200_000) }],
    [
      "steps for very many elements",
      "foreach",
      { field: "a", steps: [{ use: "trim", with: { field: "$" } }] },
      { a: Array.from({ length: 10_001 }, () => "") },
    ],
  ])("%s", async (_, use, options, data) => {
    await expect(dataOf(use, options, data)).rejects.toBeInstanceOf(Reject);
  });
});

describe("what nests deeply", () => {
  const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

  it.each([65, 5_000, 40_000])("is not read from a text: %i levels", async (levels) => {
    await expect(dataOf("json", { field: "a" }, { a: nested(levels) })).rejects.toThrow(/deeper|not JSON/);
  });

  it("is read as deep as data may be", async () => {
    expect(JSON.stringify(await dataOf("json", { field: "$" }, nested(64)))).toBe(nested(64));
  });

  it("is gone through by every step that looks into all of it", async () => {
    const data: unknown = JSON.parse(`${'{"a":'.repeat(63)}"ada@example.org"${"}".repeat(63)}`);

    expect(JSON.stringify(await dataOf("redact", { detect: ["email"] }, data))).toContain('"[email]"');
    expect(await run("fingerprint", { target: "@hash" }, { data: Object(data) })).toHaveLength(1);
    expect(
      await run(
        "json-schema",
        { schema: { $defs: { n: { properties: { a: { $ref: "#/$defs/n" } } } }, $ref: "#/$defs/n" } },
        { data: Object(data) },
      ),
    ).toHaveLength(1);
  });
});

describe("what is no value that is meant", () => {
  const values = [
    null,
    0,
    -0,
    1e308,
    "",
    "\u0000",
    "é\u0301\u202e",
    [],
    [[]],
    {},
    true,
    { length: 5 },
    ["a", 1],
  ];
  const steps: [string, object][] = [
    ["convert", { field: "a", type: "number" }],
    ["convert", { field: "a", type: "auto" }],
    ["csv", { field: "a" }],
    ["csv", { field: "a", action: "serialize" }],
    ["date", { field: "a" }],
    ["enrich-time", { field: "a" }],
    ["foreach", { field: "a", steps: [{ use: "convert", with: { field: "$", type: "string" } }] }],
    ["join", { field: "a" }],
    ["json", { field: "a" }],
    ["lookup", { collection: "c", id: "a", target: "b" }],
    ["map", { expression: "$string(a) & $uppercase(a)" }],
    ["redact", { fields: "a", detect: ["email", "phone"] }],
    ["rename", { fields: { a: "@subject" } }],
    ["replace", { field: "a", text: "x", with: "y" }],
    ["set", { from: { "@subject": "a" } }],
    ["split", { field: "a", separator: "," }],
    ["split", { field: "a", into: "events" }],
    ["trim", { field: "a", characters: "x" }],
    ["user-agent", { field: "a" }],
  ];

  it.each(steps)("%s %j passes it on as a valid event, or rejects it", async (use, options) => {
    for (const value of values) {
      // `run` looks whether what goes on is valid.
      const outcome = await run(use, options, { data: { a: value } }).catch((error: unknown) => error);

      expect(
        Array.isArray(outcome) || outcome instanceof Reject,
        `${JSON.stringify(value)}: ${String(outcome)}`,
      ).toBe(true);
    }
  });

  it("is an event without data at all to every step that needs some", async () => {
    await expect(run("convert", { field: "a", type: "number" }, {})).rejects.toThrow("a: is missing.");
    await expect(run("split", { field: "$", separator: "," }, { data_base64: "AAAA" })).rejects.toThrow(
      "$: is missing.",
    );
    expect(await run("redact", { detect: ["email"] }, { data_base64: "AAAA" })).toEqual([
      eventOf({ data_base64: "AAAA" }),
    ]);
    expect(await run("remove", { keep: ["a"] }, {})).toEqual([eventOf({})]);
  });
});

describe("names that the language knows", () => {
  const data: unknown = JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}}, "a": "1"}',
  );

  it.each<[string, object]>([
    ["set", { values: { "constructor.prototype.polluted": 3 } }],
    ["convert", { field: "a", type: "number" }],
    ["rename", { fields: { a: "constructor.b" } }],
    ["remove", { fields: "constructor.prototype" }],
    ["map", { expression: "$merge([$, {'b': 1}])" }],
    ["redact", { detect: ["email"] }],
    ["defaults", { constructor: { prototype: { c: 1 } } }],
  ])("are names to %s", async (use, options) => {
    const made = await dataOf(use, options, data);

    expect(JSON.stringify(made)).toContain('"__proto__":{"polluted":1}');
    expect("polluted" in {}).toBe(false);
  });

  it("are columns of a table as any other", async () => {
    expect(JSON.stringify(await dataOf("csv", { field: "$" }, "__proto__,constructor\n1,2"))).toBe(
      '[{"__proto__":"1","constructor":"2"}]',
    );
    expect("1" in {}).toBe(false);
  });
});

describe("CSV", () => {
  it("reads what it writes", () => {
    const cell = fc.string({ unit: fc.constantFrom(...'ab,;" \t\r\n\u{1f600}') });
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const write = step("csv", { field: "$", action: "serialize", header: false });
    const readBack = step("csv", { field: "$", header: false });
    return fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const context = contextWith();
        const text = await write(eventOf({ data: table }), context);
        const again = await readBack(Object(text), context);

        expect(Object(again)).toMatchObject({ data: table });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["a\rb\nc\r\nd", [["a"], ["b"], ["c"], ["d"]]],
    ["\ufeffa,b", [["a", "b"]]],
    ['""', [[""]]],
    ["a,", [["a", ""]]],
    ["", []],
    ['"a\nb",c', [["a\nb", "c"]]],
  ])("%j", async (text, rows) => {
    expect(await dataOf("csv", { field: "$", header: false }, text)).toEqual(rows);
  });

  it.each(['"a"b', '"a', 'a,"b" c'])("%j is none", async (text) => {
    await expect(dataOf("csv", { field: "$", header: false }, text)).rejects.toThrow("quot");
  });

  it("with the same column twice is none", async () => {
    await expect(dataOf("csv", { field: "$" }, "a,a\n1,2")).rejects.toThrow("twice");
  });
});

describe("sizes and depths", () => {
  it("are measured without recursion", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];

    expect(isDeeperThan(deep, 64)).toBe(true);
    expect(isDeeperThan({ a: [1] }, 2)).toBe(false);
    expect(isDeeperThan({ a: [{}] }, 2)).toBe(true);
    expect(isDeeperThan("text", 0)).toBe(false);
    expect(isLargerThan(deep, 1_000_000)).toBe(false);
  });

  it("count what is there many times each time", () => {
    const shared = "x".repeat(1_000);

    expect(
      isLargerThan(
        Array.from({ length: 100 }, () => shared),
        50_000,
      ),
    ).toBe(true);
    expect(
      isLargerThan(
        Array.from({ length: 10 }, () => shared),
        50_000,
      ),
    ).toBe(false);
  });
});

it("canonical JSON is the same whatever the order of fields, and else JSON (RFC 8785)", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).toReversed());

      expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
  expect(
    canonicalJson({ "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 }),
  ).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  expect(canonicalJson([333333333.3333333, 1e30, 4.5, 0.002, 1e-27])).toBe(
    "[333333333.3333333,1e+30,4.5,0.002,1e-27]",
  );
});
