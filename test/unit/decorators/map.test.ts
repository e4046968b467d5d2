/** Mappings end, whatever they are and whatever they are given, and answer with plain JSON. */
import { describe, expect, it } from "vitest";
import { Reject } from "../../../decorators/contract.ts";
import { dataOf, faultsOf, run } from "./prepare.ts";

const map = (expression: string, data: unknown, options: object = {}) =>
  dataOf("map", { expression, ...options }, data);

describe("a mapping that would not end is ended", () => {
  it.each([
    ["a tail call without end", "($f := function() { $f() }; $f())", /steps/],
    ["a recursion without end", "($f := function($n) { 1 + $f($n + 1) }; $f(0))", /[Ss]tack|depth/],
    [
      "two functions that call each other",
      "($a := function() { $b() }; $b := function() { $a() }; $a())",
      /steps/,
    ],
    ["a loop in a loop", "$sum([1..5000].($x := $; [1..5000].($x * $)))", /steps/],
    [
      "the Ackermann function",
      "($a := function($m, $n) { $m = 0 ? $n + 1 : $n = 0 ? $a($m - 1, 1) : $a($m - 1, $a($m, $n - 1)) }; $a(4, 2))",
      /[Ss]tack|steps/,
    ],
    ["a range of millions", "[1..9999999]", /sequence/],
    ["a text that doubles", '$reduce([1..60], function($a, $b) { $a & $a }, "x")', /too long a text/],
    [
      "an array that doubles",
      "$reduce([1..60], function($a, $b) { $append($a, $a) }, [1, 2])",
      /too long an array|sequence/,
    ],
    ["padding without measure", '$pad("", 1000000000)', /\$pad/],
    ["many long texts", "$count([1..10000].($pad('x', 1000) & $pad('y', 1000)))", /too much text/],
    ["joined texts", "$join([1..9000].$pad('x', 900))", /too long a text|too much text/],
    ["a pattern that goes back for ever", "$match(a, /(x+x+)+y/)", /no result/],
    ["replacing all with much", '$replace(a, "x", a)', /too long a text/],
    ["distinct among many", "$distinct([1..5000])", /\$distinct/],
    [
      "sorting by what never ends",
      "$sort([1..9000], function($l, $r) { $sum([1..100]) > $l })",
      /steps|sequence/,
    ],
  ])("%s", async (_, expression, message) => {
    await expect(map(expression, { a: "x".repeat(20_000) })).rejects.toThrow(message);
    await expect(map(expression, { a: "x".repeat(20_000) })).rejects.toBeInstanceOf(Reject);
  });
});

describe("a mapping", () => {
  it("does the work of a usual one within its bounds", async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({ sku: `s${n}`, price: n, tags: ["a", "b"] }));
    const mapped = await map(
      '{"items": items.{"id": sku, "gross": price * 1.19, "tags": $join(tags, ",")}, "count": $count(items)}',
      { items },
    );

    expect(mapped).toMatchObject({ count: 1_000 });
  });

  it("is not disturbed by others that run at the same time", async () => {
    const expression = "$sum([1..3000].($ * 2))";
    const sums = await Promise.all(
      Array.from({ length: 20 }, async () => map(expression, {}, { target: "sum" })),
    );

    expect(new Set(sums.map((sum) => JSON.stringify(sum)))).toEqual(new Set(['{"sum":9003000}']));
  });

  it.each([
    ["a function", "$sum"],
    ["a function of its own", "function($a) { $a }"],
    ["nothing", "missing.field"],
  ])("has no result that is %s", async (_, expression) => {
    await expect(map(expression, {})).rejects.toThrow("no result");
  });

  it("answers plain JSON: what is no number or no JSON is left out", async () => {
    expect(
      await map('{"f": $sum, "g": function($x) { $x }, "a": [1, 2][$ > 5], "n": null, "s": items[]}', {
        items: { x: 1 },
      }),
    ).toEqual({ n: null, s: [{ x: 1 }] });
  });

  it("takes what is no data for nothing", async () => {
    expect(await run("map", { expression: "$exists($)", target: "@had" }, {})).toMatchObject([
      { had: false },
    ]);
  });

  it("sees the event's attributes", async () => {
    expect(await map("$event.type & '/' & $event.id", {}, { target: "key" })).toEqual({ key: "example/1" });
  });

  it.each([
    ['"".constructor.constructor("return 1")()'],
    ["$lookup($, 'constructor')"],
    ["__proto__"],
    ["$sum.constructor"],
    ["$string(constructor)"],
  ])("has no way to the language below it: %s", async (expression) => {
    await expect(map(expression, { a: 1 })).rejects.toBeInstanceOf(Reject);
  });

  it("makes fields of odd names as any other, and touches no prototype", async () => {
    const mapped = await map('{"__proto__": {"polluted": true}, "constructor": 1}', {});

    expect(JSON.stringify(mapped)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect("polluted" in {}).toBe(false);
  });

  it("uses patterns as JavaScript does", async () => {
    expect(
      await map('$replace(a, /(\\d+)-(\\d+)/i, "$2:$1")', { a: "1-2 and 3-4" }, { target: "b" }),
    ).toMatchObject({ b: "2:1 and 4:3" });
    expect(await map("$split(a, /\\s*,\\s*/)", { a: "x , y,z" }, { target: "b" })).toMatchObject({
      b: ["x", "y", "z"],
    });
    expect(await map("$match(a, /[a-z]/).match", { a: "1a2b" }, { target: "b" })).toMatchObject({
      b: ["a", "b"],
    });
  });

  it("says where it does not parse", () => {
    expect(faultsOf("map", { expression: '{"a": }' })).toEqual([
      { path: "with.expression", message: expect.stringMatching(/at character \d/) },
    ]);
  });

  it("rejects an event that it goes wrong with, and says how", async () => {
    await expect(map("a + 'x'", { a: 1 })).rejects.toThrow(/number/);
  });

  it("does not nest its answer deeper than data may be", async () => {
    const nest = '($f := function($n) { $n = 0 ? 1 : {"a": $f($n - 1)} }; $f(70))';

    await expect(map(nest, {})).rejects.toThrow(/deep|[Ss]tack/);
  });
});
