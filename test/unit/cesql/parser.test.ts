import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  IN_LIST_MAX,
  NESTING_DEPTH_MAX,
  parseCesql,
  PATTERN_LENGTH_MAX,
  referencedPaths,
  TEXT_LENGTH_MAX,
  type Expression,
} from "../../../core/cesql/index.ts";

function parsed(text: string): Expression {
  const result = parseCesql(text);
  if (!result.ok) throw new Error(result.message);
  return result.expression;
}

/** An expression with every operator's operands in parentheses, to see how it was read. */
function shape(node: Expression): string {
  switch (node.kind) {
    case "literal":
      return JSON.stringify(node.value);
    case "path":
      return node.path.join(".");
    case "not":
      return `(NOT ${shape(node.operand)})`;
    case "negate":
      return `(- ${shape(node.operand)})`;
    case "logic":
      return `(${node.operands.map(shape).join(` ${node.operator} `)})`;
    case "comparison":
    case "arithmetic":
      return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`;
    case "like":
      return `(${shape(node.operand)} ${node.negated ? "NOT LIKE" : "LIKE"} ${node.pattern})`;
    case "in":
      return `(${shape(node.operand)} ${node.negated ? "NOT IN" : "IN"} [${node.elements.map(shape).join(" ")}])`;
    case "exists":
      return `(EXISTS ${shape(node.operand)})`;
    case "call":
      return `${node.name}[${node.arguments.map(shape).join(" ")}]`;
  }
}

describe("precedence", () => {
  it.each([
    ["NOT a = b", "((NOT a) = b)"],
    ["NOT a LIKE 'x'", "((NOT a) LIKE x)"],
    ["NOT EXISTS a", "(NOT (EXISTS a))"],
    ["-a * b", "((- a) * b)"],
    ["a + b IN (1, c)", "(a + (b IN [1 c]))"],
    ["a NOT LIKE '%' NOT IN (TRUE)", "((a NOT LIKE %) NOT IN [true])"],
    ["a + b * c - d", "((a + (b * c)) - d)"],
    ["a - b - c", "((a - b) - c)"],
    ["a * b / c % d", "(((a * b) / c) % d)"],
    ["a + 1 < b - 1", "((a + 1) < (b - 1))"],
    ["a = b <> c", "((a = b) != c)"],
    ["a AND b OR c", "((a AND b) OR c)"],
    ["a OR b AND c", "((a OR b) AND c)"],
    ["a XOR b OR c XOR d", "(((a XOR b) OR c) XOR d)"],
    ["a OR (b AND c)", "(a OR (b AND c))"],
    ["a AND b AND c", "(a AND b AND c)"],
    ["(a AND b) AND c", "((a AND b) AND c)"],
    ["a < 1 and not b or c like 'x'", "(((a < 1) AND (NOT b)) OR (c LIKE x))"],
  ])("reads %s as %s", (text, expected) => {
    expect(shape(parsed(text))).toBe(expected);
  });
});

describe("literals and names", () => {
  it.each([
    ["'it''s'", "it's"],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`"a""b\"c'd"`, `a"b"c'd`],
    [String.raw`'a\\'`, "a\\"],
    [String.raw`'a\%b\nc'`, String.raw`a\%b\nc`],
    ["'two\nlines'", "two\nlines"],
    ["-10", -10],
    ["+ 10", 10],
    ["-2147483648", -2147483648],
    ["12345678901", 12345678901],
    ["7.25", 7.25],
    ["1e6", 1e6],
    ["2.5E-3", 0.0025],
    ["-0", 0],
    ["tRuE", true],
  ])("%s is the value %s", (text, value) => {
    expect(parsed(text)).toMatchObject({ kind: "literal", value });
  });

  it("knows a decimal from an integer of the same value", () => {
    expect(parsed("2.0")).toMatchObject({ value: 2, decimal: true });
    expect(parsed("2")).toMatchObject({ value: 2, decimal: false });
  });

  it.each([
    ["subject", ["subject"]],
    ["usGross", ["usGross"]],
    ["imdb_rating", ["imdb_rating"]],
    ["data.order.total", ["data", "order", "total"]],
    ["data.in.like", ["data", "in", "like"]],
    ["data.`odd name`.x", ["data", "odd name", "x"]],
    ["`first-name`", ["first-name"]],
    ["`a``b`", ["a`b"]],
    ["`and`", ["and"]],
    ["123abc", ["123abc"]],
    ["`1e6`", ["1e6"]],
  ])("%s is the path %j", (text, path) => {
    expect(parsed(text)).toMatchObject({ kind: "path", path });
  });

  it("takes keywords and functions in any case", () => {
    expect(shape(parsed("iNt(a) nOt In (left('x', 1))"))).toBe(`(INT[a] NOT IN [LEFT["x" 1]])`);
  });
});

describe("the tree", () => {
  it("knows every node's place in the text", () => {
    expect(parsed("(a = 1) AND b LIKE 'x'")).toEqual({
      kind: "logic",
      operator: "AND",
      position: 0,
      end: 22,
      operands: [
        {
          kind: "comparison",
          operator: "=",
          position: 1,
          end: 6,
          left: { kind: "path", path: ["a"], position: 1, end: 2 },
          right: { kind: "literal", value: 1, decimal: false, position: 5, end: 6 },
        },
        {
          kind: "like",
          pattern: "x",
          negated: false,
          position: 12,
          end: 22,
          operand: { kind: "path", path: ["b"], position: 12, end: 13 },
        },
      ],
    });
  });

  it("survives structured clone", () => {
    const expression = parsed("NOT (a.b IN (1, -c) XOR EXISTS d) OR LENGTH(e) % 2 = 1");
    expect(structuredClone(expression)).toEqual(expression);
  });

  it("lists the paths that it names, in order, with their places", () => {
    expect(referencedPaths(parsed("a = b.c AND (EXISTS d OR a IN (INT(e)))"))).toEqual([
      { path: ["a"], position: 0 },
      { path: ["b", "c"], position: 4 },
      { path: ["d"], position: 20 },
      { path: ["a"], position: 25 },
      { path: ["e"], position: 35 },
    ]);
  });
});

describe("errors", () => {
  it.each([
    ["", 0, "Expected a value, but found the end (position 0)."],
    ["year >", 6, "Expected a value, but found the end (position 6)."],
    ["year = 5 6", 9, "Expected an operator or the end, but found '6' (position 9)."],
    ["a AND OR b", 6, "Expected a value, but found 'OR' (position 6)."],
    [
      "(a = 1",
      6,
      "Expected an operator, or the ')' for the '(' at position 0, but found the end (position 6).",
    ],
    ["a = 1)", 5, "Expected an operator or the end, but found ')' (position 5)."],
    ["a IN ()", 6, "Expected a value, but found ')' (position 6)."],
    ["a IN 5", 5, "Expected '(' after IN, but found '5' (position 5)."],
    [
      "a IN (1 2)",
      8,
      "Expected an operator, ',' or the ')' for the '(' at position 5, but found '2' (position 8).",
    ],
    ["ABC(", 4, "Expected a value, but found the end (position 4)."],
    ["a LIKE 5", 7, "Expected a string in quotes after LIKE, but found '5' (position 7)."],
    ["a NOT 5", 6, "Expected LIKE or IN after NOT, but found '5' (position 6)."],
    ["EXISTS 'a'", 7, "Expected a name after EXISTS, but found ''a'' (position 7)."],
    ["+a", 1, "Expected a number after '+', but found 'a' (position 1)."],
    [
      "a.b(1)",
      3,
      "Expected an operator or the end: only a function's name stands before '(', but found '(' (position 3).",
    ],
    ["a = 'b", 4, "This string is not closed: expected ' before the end (position 4)."],
    ["`a", 0, "This name is not closed: expected ` before the end (position 0)."],
    ["a.`` = 1", 2, "A name between backticks is not empty (position 2)."],
    ["data..a", 5, "Expected a name after '.', but found '.' (position 5)."],
    ["a = 5.", 6, "Expected a name after '.', but found the end (position 6)."],
    ["a = .5", 4, "A number has a digit before its '.', and a path a name (position 4)."],
    ["1e999", 0, "This number is too large (position 0)."],
    ["a == 1", 2, "CESQL has no '==': write = (position 2)."],
    ["a && b", 2, "CESQL has no '&&': write AND (position 2)."],
    ["!a", 0, "CESQL has no '!': write NOT (position 0)."],
    [
      "a IS NULL",
      2,
      "Expected an operator or the end, but found 'IS'; EXISTS name tells whether it is there (position 2).",
    ],
    [
      "a = ü",
      4,
      "Unexpected character 'ü' (U+00FC): a name with it goes in backticks, a text in quotes (position 4).",
    ],
    [
      "a = 😀",
      4,
      "Unexpected character '😀' (U+1F600): a name with it goes in backticks, a text in quotes (position 4).",
    ],
  ])("tells for %j what is wrong at %i", (text, position, message) => {
    expect(parseCesql(text)).toEqual({ ok: false, code: "parse", position, message });
  });

  it("shows no more of a long text than is needed to find it", () => {
    const result = parseCesql(`a = 1 '${"x".repeat(500)}'`);
    expect(result).toMatchObject({ ok: false, position: 6 });
    expect(result.ok || result.message.length).toBeLessThan(120);
  });
});

describe("limits", () => {
  it.each([
    ["parentheses", "(".repeat(10_000)],
    ["parentheses within the length", `${"(".repeat(4_000)}1${")".repeat(4_000)}`],
    ["NOT", `${"NOT ".repeat(2_000)}a`],
    ["minus signs", `${"-".repeat(8_000)}a`],
    ["function calls", "ABS(".repeat(2_000)],
    ["sums", `1${"+1".repeat(4_000)}`],
    ["comparisons", `a${"=a".repeat(4_000)}`],
    ["changing operators", `a${" OR a AND a".repeat(700)}`],
    ["LIKE after LIKE", `a${" LIKE 'a'".repeat(800)}`],
    ["a path", `a${".a".repeat(4_000)}`],
    ["a list", `a IN (1${",1".repeat(IN_LIST_MAX)})`],
    ["a pattern", `a LIKE '${"%a".repeat(PATTERN_LENGTH_MAX)}'`],
    ["an open string", `'${"''".repeat(4_000)}`],
    ["an open name", "`".repeat(8_191)],
  ])("refuses too many or too long: %s", (_, text) => {
    expect(parseCesql(text)).toMatchObject({ ok: false, code: "parse" });
  });

  it("takes what lies just within them", () => {
    const depth = NESTING_DEPTH_MAX;
    expect(parseCesql(`${"(".repeat(depth)}a${")".repeat(depth)}`).ok).toBe(true);
    expect(parseCesql(`1${"+1".repeat(depth - 1)}`).ok).toBe(true);
    expect(parseCesql(`1${"+1".repeat(depth)}`).ok).toBe(false);
    expect(parseCesql(`a${" AND a".repeat(1_300)}`).ok).toBe(true);
    expect(parseCesql(`a IN (1${",1".repeat(IN_LIST_MAX - 1)})`).ok).toBe(true);
    expect(parseCesql(`a LIKE '${"a".repeat(PATTERN_LENGTH_MAX)}'`).ok).toBe(true);
    expect(parseCesql("a".padEnd(TEXT_LENGTH_MAX, " ")).ok).toBe(true);
    expect(parseCesql("a".padEnd(TEXT_LENGTH_MAX + 1, " ")).ok).toBe(false);
  });

  it("never throws, and places every error within the text", () => {
    const pieces = [
      "a",
      "b.c",
      "`x`",
      "1",
      "2.5",
      "'s'",
      '"',
      "'",
      "`",
      "(",
      ")",
      ",",
      ".",
      "=",
      "!",
      "<",
      ">",
      "+",
    ];
    const words = [
      "-",
      "*",
      "%",
      " ",
      "NOT",
      "AND",
      "OR",
      "LIKE",
      "IN",
      "EXISTS",
      "TRUE",
      "f(",
      "\\",
      "é",
      "\u{1F600}",
      "\uD800",
    ];
    const garbage = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...pieces, ...words)).map((parts) => parts.join(" ")),
      fc.array(fc.constantFrom(...pieces, ...words)).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        const result = parseCesql(text);
        if (result.ok) return result.expression.position >= 0 && result.expression.end <= text.length;
        return result.position >= 0 && result.position <= text.length && result.message.length < 300;
      }),
      { numRuns: 2_000 },
    );
  });
});
