/** What is wrong with a step is said when its pipeline is declared, with its place. */
import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import { faultsOf } from "./prepare.ts";

/** By decorator: wrong options, and where and in which words that is said. */
const WRONG: Record<string, [options: unknown, path: string, message: RegExp][]> = {
  convert: [
    [{ field: "a", type: "float" }, "with.type", /expected one of/],
    [{ type: "number" }, "with.field", /Invalid input/],
    [{ field: ["a", "b."], type: "number" }, "with.field[1]", /lacks a name/],
    [{ field: ["a", "b"], type: "number", target: "c" }, "with.target", /field names several/],
    [{ field: "items[*]", type: "number", target: "c" }, "with.target", /field names several/],
    [{ field: "@id", type: "number" }, "with.field", /never changed/],
  ],
  csv: [
    [{ field: "a", separator: ";;" }, "with.separator", /one character/],
    [{ field: "a", columns: [] }, "with.columns", /Too small/],
  ],
  date: [
    [{ field: "a", formats: ["dd.MM.QQQQ"] }, "with.formats[0]", /has "QQQQ"/],
    [{ field: "a", formats: ["'x"] }, "with.formats[0]", /not closed/],
    [{ field: "a", formats: ["--"] }, "with.formats[0]", /no part of a date/],
    [{ field: "a", timezone: "Mars/Olympus" }, "with.timezone", /time zone/],
    [{ field: "a", output: "ww" }, "with.output", /has "ww"/],
  ],
  dedupe: [
    [{ windowSeconds: 0 }, "with.windowSeconds", />=1/],
    [{ by: [] }, "with.by", /at least one path/],
    [{ windowSeconds: 10_000_000 }, "with.windowSeconds", /<=604800/],
  ],
  defaults: [[{}, "with", /at least one field/]],
  "enrich-time": [
    [{ fields: ["century"] }, "with.fields[0]", /expected one of/],
    [{ timezone: "" }, "with.timezone", /time zone/],
  ],
  fail: [
    [{}, "with.message", /Invalid input/],
    [{ message: "{{a b}}" }, "with.message", /can't be read from character 2/],
    [{ message: "x", when: "total <" }, "with.when", /position \d+/],
  ],
  filter: [
    [{}, "with", /either keep or drop/],
    [{ keep: "a", drop: "b" }, "with", /either keep or drop/],
    [{ keep: "total > 5 AND" }, "with.keep", /position/],
    [{ keep: "customer.name = 'x'" }, "with.keep", /data\.customer\.name/],
  ],
  fingerprint: [
    [{ method: "MD5" }, "with.method", /expected one of/],
    [{ key: { secret: "lower" } }, "with.key.secret", /capital letters/],
    [{ target: "@source" }, "with.target", /never changed/],
  ],
  foreach: [
    [{ field: "a", steps: [] }, "with.steps", /at least one step/],
    [{ field: "a", steps: [{ use: "convrt" }] }, "with.steps[0].use", /no decorator "convrt"/],
    [
      { field: "a", steps: [{ use: "trim", with: { field: "$", sid: "x" } }] },
      "with.steps[0].with.sid",
      /not known/,
    ],
    [{ field: "a", steps: [{ use: "route", with: {} }] }, "with.steps[0].use", /no meaning/],
    [{ field: "a[*]", steps: [{ use: "trim", with: { field: "$" } }] }, "with.field", /several places/],
  ],
  geo: [[{ fields: ["planet"] }, "with.fields[0]", /expected one of/]],
  join: [[{ field: "a", separator: 5 }, "with.separator", /expected string/]],
  json: [[{ field: "a", action: "stringify" }, "with.action", /expected one of/]],
  "json-schema": [
    [{ schema: { properties: { a: { pattern: "(?=a)" } } } }, "with.schema.properties.a.pattern", /RE2/],
    [
      { schema: { patternProperties: { "(a+)+$": {} } } },
      "with.schema.patternProperties.(a+)+$",
      /simpler patterns/,
    ],
    [{ schema: { $ref: "https://example.org/s" } }, "with.schema.$ref", /not fetched/],
    [{ schema: { $ref: "#/x-mine" } }, "with.schema.$ref", /no schema/],
    [{ schema: { allOf: [{ $ref: "#" }] } }, "with.schema", /without end/],
    [
      {
        schema: {
          $ref: "#/$defs/s0",
          $defs: Object.fromEntries(
            Array.from({ length: 30 }, (_, n) => [
              `s${n}`,
              n === 29 ? {} : { allOf: [{ $ref: `#/$defs/s${n + 1}` }, { $ref: `#/$defs/s${n + 1}` }] },
            ]),
          ),
        },
      },
      "with.schema",
      /more than 50000 references/,
    ],
    [{ schema: { properties: 5 } }, "with.schema.properties", /object/],
    [{ schema: { items: { not: "x" } } }, "with.schema.items.not", /object or a boolean/],
    [{ schema: {}, draft: "3" }, "with.draft", /expected one of/],
  ],
  lookup: [
    [{ collection: "Customers!", id: "a", target: "b" }, "with.collection", /begin with a letter/],
    [{ collection: "c", id: "a[*]", target: "b" }, "with.id", /several places/],
    [{ collection: "c", id: "a", target: "b", select: ["a b"] }, "with.select[0]", /path/],
  ],
  map: [
    [{ expression: "{a:" }, "with.expression", /.+/],
    [{ expression: "$eval(a)" }, "with.expression", /\$eval/],
    [{ expression: "$match(a, /(?=x)/)" }, "with.expression", /pattern/],
    [{ expression: "a", target: "@specversion" }, "with.target", /never changed/],
  ],
  pipeline: [[{ pipeline: "" }, "with.pipeline", /begin with a letter/]],
  "rate-limit": [
    [{}, "with.permits", /expected number/],
    [{ permits: 1.5 }, "with.permits", /expected int/],
    [{ permits: 1, over: "explode" }, "with.over", /expected one of/],
  ],
  redact: [
    [{}, "with", /something to redact/],
    [{ detect: ["shoe-size"] }, "with.detect[0]", /expected one of/],
    [{ fields: "a", mode: "hash" }, "with.key", /needed for hashes/],
    [{ fields: "a", key: "k" }, "with.key", /for them alone/],
    [{ fields: "a", within: "b" }, "with.within", /no meaning/],
    [{ patterns: [{ name: "x", pattern: "\\1" }] }, "with.patterns[0].pattern", /RE2/],
    [{ fields: "data.email" }, "with.fields", /begins with data/],
    [{ fields: "@id" }, "with.fields", /never changed/],
    [{ fields: "@type", mode: "remove" }, "with.fields", /every event has a type/],
  ],
  remove: [
    [{}, "with", /either fields or keep/],
    [{ fields: ["@id"] }, "with.fields", /never changed/],
    [{ fields: ["@type"] }, "with.fields", /every event has a type/],
  ],
  rename: [
    [{ fields: {} }, "with.fields", /at least one path/],
    [{ fields: { a: "b c" } }, "with.fields.a", /can't be read/],
    [{ fields: { "a..b": "c" } }, "with.fields.a..b", /lacks a name/],
    [{ fields: { "@source": "a" } }, "with.fields.@source", /never changed/],
  ],
  replace: [
    [{ field: "a", with: "x" }, "with", /either pattern or text/],
    [{ field: "a", pattern: "a", text: "a", with: "x" }, "with", /either pattern or text/],
    [{ field: "a", pattern: "(a)", with: "$2" }, "with.with", /does not have/],
    [{ field: "a", pattern: "(a", with: "x" }, "with.pattern", /missing closing/],
    [{ field: "a", pattern: "((a{10}){10}){10}", with: "x" }, "with.pattern", /too many states/],
  ],
  route: [
    [{ routes: [] }, "with.routes", /at least one route/],
    [{ routes: [{ when: "(", to: { topic: "a" } }] }, "with.routes[0].when", /position/],
    [{ routes: [{ when: "true", to: { webhook: "x" } }] }, "with.routes[0].to.webhook", /not known/],
  ],
  sample: [[{ share: 2 }, "with.share", /<=1/]],
  set: [
    [{}, "with", /something to set/],
    [{ values: { "@id": "x" } }, "with.values.@id", /never changed/],
    [{ values: { "@umbelroute": "x" } }, "with.values.@umbelroute", /platform/],
    [{ values: { "__proto__x.__proto__": 1 } }, "with.values.__proto__x.__proto__", /names __proto__/],
    [{ from: { a: "b[*]" } }, "with.from.a", /several places/],
    [{ texts: { a: "{{b[*]}}" } }, "with.texts.a", /several places/],
  ],
  sign: [
    [{}, "with.key", /Invalid input/],
    [{ key: "whsec_not base64" }, "with.key", /base64/],
    [{ scheme: "standard-webhooks", key: "k", keyId: "a" }, "with.keyId", /no place/],
  ],
  split: [
    [{ field: "a" }, "with", /a separator or a pattern/],
    [{ field: "a", separator: "", into: "array" }, "with.separator", /not be empty/],
    [{ field: "a", separator: ",", pattern: "," }, "with.pattern", /one is enough/],
    [{ field: "a", into: "events", keep: "element", target: "b" }, "with.target", /no meaning/],
  ],
  trim: [[{ field: "a", side: "left" }, "with.side", /expected one of/]],
  "user-agent": [[{ field: 5 }, "with.field", /expected string/]],
  "verification-link": [
    [{ target: "@id" }, "with.target", /never changed/],
    [{ page: "pages[*]" }, "with.page", /several places/],
  ],
};

it("every decorator has wrong options here", () => {
  expect(Object.keys(WRONG)).toEqual(BUILT_IN.map(({ name }) => name));
});

describe.each(Object.entries(WRONG))("%s refuses", (name, rows) => {
  it.each(rows)("%j", (options, path, message) => {
    const faults = faultsOf(name, options);

    expect(faults).toContainEqual({ path, message: expect.stringMatching(message) });
  });

  it("an option that there is not", () => {
    if (name === "defaults") return;
    expect(faultsOf(name, { nonsense: 1 })).toContainEqual({
      path: "with.nonsense",
      message: "is not known here",
    });
  });

  it.each([null, 5, "text", [[]]])("what is no object: %j", (options) => {
    if (options === null) return;
    expect(faultsOf(name, options)).not.toEqual([]);
  });
});

it("all that is wrong is told at once", () => {
  const faults = faultsOf("convert", { field: "data.a", type: "x", target: "@id", other: 1 });

  expect(faults.map(({ path }) => path)).toEqual(["with.field", "with.target", "with.type", "with.other"]);
});

it("a step within a step is nested so deep and no deeper", () => {
  const nested = (levels: number): { use: string; with: object } =>
    levels === 0
      ? { use: "trim", with: { field: "$" } }
      : { use: "foreach", with: { field: "$", steps: [nested(levels - 1)] } };

  expect(faultsOf("foreach", nested(4).with)).toEqual([]);
  expect(faultsOf("foreach", nested(5).with)).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/at most 4 levels/) }),
  ]);
  expect(faultsOf("foreach", nested(2_000).with)).toHaveLength(1);
});
