import { describe, expect, it } from "vitest";
import {
  evaluate,
  parseCesql,
  type CesqlError,
  type Expression,
  type Operand,
} from "../../../core/cesql/index.ts";

function parsed(text: string): Expression {
  const result = parseCesql(text);
  if (!result.ok) throw new Error(result.message);
  return result.expression;
}

const values: Record<string, Operand> = {
  hop: "5",
  flag: "TRUE",
  name: "abc",
  big: "9".repeat(500),
  "data.number": 7,
  "data.text": "m",
  "data.date": "2026-05-01T00:30:00+02:00",
  "data.many": ["x", 5, true],
  "data.numbers": [1, 2],
};

function run(text: string): { value: boolean | number | string; errors: CesqlError[] } {
  return evaluate(parsed(text), { get: (path) => values[path.join(".")] });
}

function value(text: string): boolean | number | string {
  const { value: result, errors } = run(text);
  expect(errors).toEqual([]);
  return result;
}

describe("numbers", () => {
  it.each([
    ["7 / 2", 3],
    ["-7 / 2", -3],
    ["-7 % 2", -1],
    ["7 / 2.0", 3.5],
    ["7 / -(2.0)", -3.5],
    ["7.0 * 1 / 2", 3.5],
    ["7.5 / 2", 3.75],
    ["data.number / 2", 3],
    ["7.5 % 2", 1.5],
    ["0.5 + 0.25", 0.75],
    ["2147483647 + 1", 2147483648],
    ["'7.5' + 1", 8.5],
    ["'1e3' + 1", 1001],
    ["+5 - -5", 10],
    ["0 * -1", 0],
    ["-1 / 2", 0],
    ["-4 % 2", 0],
    ["-'0'", 0],
    ["INT('-0')", 0],
    ["INT(-0.5)", 0],
    ["STRING(7.50)", "7.5"],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    ["1e308 * 10", "math", 0],
    ["1.5 / 0", "math", 0],
    ["1 % 0.0", "math", 0],
    ["name + 1", "cast", 0],
    ["big + 1", "cast", 0],
    ["' 5' + 1", "cast", 0],
    ["'' + 1", "cast", 0],
    ["INT('7.5')", "cast", 0],
  ])("%s is a %s error and %s", (text, code, expected) => {
    expect(run(text)).toMatchObject({ value: expected, errors: [{ code }] });
  });
});

describe("ordering", () => {
  it.each([
    ["hop < '10'", true],
    ["'abc' < 'abd'", true],
    ["'B' < 'a'", true],
    ["data.text > 'm'", false],
    ["data.text >= 'm'", true],
    ["data.number > 'm'", false],
    ["TRUE > FALSE", true],
    ["data.date < '2026-05-01'", true],
    ["data.date >= '2026-04-30T22:30:00Z'", true],
    ["0 < '1970-01-02'", true],
    ["'2.0.1' > '10'", true],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it("is an error where the literal says numbers or dates, and the other side is neither", () => {
    expect(run("name < 5")).toMatchObject({ value: false, errors: [{ code: "cast" }] });
    expect(run("name < '5'")).toMatchObject({ value: false, errors: [{ code: "cast" }] });
    expect(run("name < '2026-05-01'")).toMatchObject({ value: false, errors: [{ code: "cast" }] });
    expect(run("name < data.text")).toMatchObject({ value: false, errors: [{ code: "cast" }] });
  });
});

describe("casts", () => {
  it.each([
    ["TRUE = 1", true],
    ["1 = '1'", true],
    ["flag AND TRUE", true],
    ["flag XOR 'false'", true],
    ["'5' IN (5.0)", true],
    ["5 IN (hop, name)", true],
    ["TRUE IN ('TRUE')", true],
    ["BOOL(0.5)", true],
    ["INT(7.9)", 7],
    ["INT(-7.9)", -7],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    ["1 = TRUE", 0],
    ["1 AND TRUE", 0],
    ["TRUE AND 1", 9],
    ["FALSE OR name", 9],
    ["5 IN (1, name)", 0],
    ["5 IN (1, 'abc', 5)", 0],
    ["name = 5", 0],
    ["name != 5", 0],
  ])("%s is false, with a cast error at %i", (text, position) => {
    expect(run(text)).toMatchObject({ value: false, errors: [{ code: "cast", position }] });
  });

  it("looks at no element of a list behind the one that matches", () => {
    expect(value("5 IN (5, 'abc')")).toBe(true);
    expect(value("5 IN (hop, missing)")).toBe(true);
  });
});

describe("errors", () => {
  it("stand at the expression that made them, and say why", () => {
    expect(run("TRUE AND 1 + missing = 2").errors).toEqual([
      { code: "missingAttribute", message: "There is no attribute 'missing' (position 13).", position: 13 },
    ]);
    expect(run("TRUE AND 1 / 0 = 2").errors).toEqual([
      { code: "math", message: "Division by zero (position 9).", position: 9 },
    ]);
    expect(run("FALSE OR FOO(1)").errors).toMatchObject([{ code: "missingFunction", position: 9 }]);
    expect(run("LEFT('a')").errors).toEqual([
      { code: "missingFunction", message: "LEFT takes 2 arguments, not 1 (position 0).", position: 0 },
    ]);
  });

  it("end the evaluation: only the first is reported, and the rest is not evaluated", () => {
    expect(run("missing + 1 / 0").errors).toMatchObject([{ code: "missingAttribute" }]);
    expect(run("missing OR 1 / 0 = 0").errors).toMatchObject([{ code: "missingAttribute" }]);
    expect(run("1 / 0 = 0 OR TRUE")).toMatchObject({ value: false, errors: [{ code: "math" }] });
  });

  it.each([
    ["missing + 1", 0],
    ["-missing", 0],
    ["CONCAT('a', missing)", ""],
    ["LENGTH(missing)", 0],
    ["missing XOR TRUE", false],
    ["missing NOT IN ('a')", false],
    ["missing NOT LIKE 'a'", false],
    ["'a' NOT IN (missing)", false],
    ["missing != 'a'", false],
    ["NOT (missing = 'a')", false],
    ["LEFT('abc', -1) = 'abc'", false],
  ])("make %s the zero value of its type", (text, expected) => {
    const result = run(text);
    expect(result.value).toBe(expected);
    expect(result.errors).toHaveLength(1);
  });

  it("do not arise from an operand that AND or OR does not need", () => {
    expect(value("FALSE AND missing AND 1 / 0 = 0")).toBe(false);
    expect(value("FALSE OR TRUE OR missing")).toBe(true);
    expect(value("EXISTS missing AND missing = 1")).toBe(false);
  });
});

describe("what is absent without being an error", () => {
  it.each([
    ["data.x = 1", false],
    ["data.x != 1", true],
    ["data.x = data.y", false],
    ["data.x < 1", false],
    ["NOT (data.x < 1)", true],
    ["data.x LIKE '%'", false],
    ["data.x NOT LIKE '%'", true],
    ["data.x IN (1, 'a')", false],
    ["data.x NOT IN (1, 'a')", true],
    ["5 IN (data.x, 5)", true],
    ["data.x", false],
    ["NOT data.x", true],
    ["data.x AND TRUE", false],
    ["data.x XOR TRUE", true],
    ["data.x + 1 = 1", false],
    ["-data.x = 0", false],
    ["LENGTH(data.x) >= 0", false],
    ["CONCAT('a', data.x) != 'a'", true],
    ["SUBSTRING('abc', 1, data.x) = ''", false],
    ["data.x + 1", false],
    ["EXISTS data.x", false],
    ["EXISTS data.number", true],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it("is the context's to say", () => {
    const context = { get: () => undefined, isOptional: (path: readonly string[]) => path[0] === "a" };
    expect(evaluate(parsed("a = 1"), context).errors).toEqual([]);
    expect(evaluate(parsed("b.c = 1"), context).errors).toMatchObject([{ code: "missingAttribute" }]);
  });
});

describe("several values", () => {
  it.each([
    ["data.many = 'x'", true],
    ["data.many = 5", true],
    ["data.many = TRUE", true],
    ["data.many = 'y'", false],
    ["data.many != 'x'", false],
    ["data.many > 4", true],
    ["4 < data.many", true],
    ["data.many LIKE 'tr%'", true],
    ["data.many NOT LIKE 'y%'", true],
    ["data.many IN ('z', 'x')", true],
    ["'x' IN ('a', data.many)", true],
    ["data.many = data.many", true],
    ["data.many", true],
    ["NOT data.many", false],
    ["data.numbers", false],
    ["data.numbers + 1 = 2", false],
    ["LENGTH(data.numbers) >= 0", false],
    ["INT(data.numbers) >= 0", false],
    ["EXISTS data.many", true],
  ])("%s is %s: any of them counts, and what can't be cast is passed over", (text, expected) => {
    expect(value(text)).toBe(expected);
  });
});

describe("functions", () => {
  it.each([
    [String.raw`LENGTH('😀é')`, 2],
    ["LEFT('😀bc', 2)", "😀b"],
    ["RIGHT('ab😀', 1)", "😀"],
    ["SUBSTRING('a😀bc', 2, 2)", "😀b"],
    ["SUBSTRING('a😀bc', -3, 1)", "😀"],
    ["SUBSTRING('abc', 3, 9)", "c"],
    ["SUBSTRING('', 0)", ""],
    ["TRIM('\u00a0\u2003 a b \u0085\u3000')", "a b"],
    ["TRIM('\u200b\ufeffa\u0000')", "\u200b\ufeffa\u0000"],
    ["UPPER('straße')", "STRASSE"],
    ["CONCAT_WS('-', 1, TRUE, 'x')", "1-true-x"],
    ["ABS(-2.5)", 2.5],
    ["LENGTH(12.5)", 4],
  ])("%s is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    ["SUBSTRING('abc', 1, -1)", ""],
    ["SUBSTRING('abc', 4)", ""],
    ["SUBSTRING('', 1)", ""],
    ["LEFT('abc', -1)", "abc"],
  ])("%s fails, and is %j", (text, expected) => {
    expect(run(text)).toMatchObject({
      value: expected,
      errors: [{ code: "functionEvaluation", position: 0 }],
    });
  });

  it("make no text that would fill an isolate", () => {
    const context = { get: () => "x".repeat(100_000) };
    const text = `CONCAT(${Array.from({ length: 1_000 }, () => "a").join(",")})`;
    expect(evaluate(parsed(text), context)).toMatchObject({
      value: "",
      errors: [{ code: "functionEvaluation" }],
    });
  });
});
