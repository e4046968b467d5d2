/**
 * Random filters over random documents against an interpreter that is written from the documentation: a field is a
 * list of values, a comparison holds where any pair does, and negation is plain negation.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDocumentFilter, type DocumentFields } from "../../../core/cesql/index.ts";

const fields: DocumentFields = {
  n: "number",
  "o.n": "number",
  k: "keyword",
  t: "text",
  d: "date",
  b: "boolean",
};

type Value = string | number | boolean;

/** A document as lists of values, dates as epoch milliseconds. */
type Lists = Record<string, Value[]>;

/** An expression as its text, and what it means. */
interface Sample<T> {
  text: string;
  of: (lists: Lists) => T;
}

const DAY_MS = 86_400_000;
const numbers = fc.constantFrom(-2, -1, 0, 1, 2, 3, 2.5);
const texts = fc.constantFrom("a", "ab", "b", "ba", "B", "", "it's", "10", "9");
const dates = fc.constantFrom(0, DAY_MS, 2 * DAY_MS, DAY_MS + 1);
const valuesOf: Record<string, fc.Arbitrary<Value>> = {
  n: numbers,
  "o.n": numbers,
  k: texts,
  t: texts,
  d: dates,
  b: fc.boolean(),
};

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function literalText(field: string, value: Value): string {
  if (field === "d") return quote(new Date(Number(value)).toISOString());
  return typeof value === "string" ? quote(value) : String(value);
}

const lists: fc.Arbitrary<Lists> = fc.record(
  Object.fromEntries(
    Object.entries(valuesOf).map(([field, value]) => [field, fc.array(value, { maxLength: 3 })]),
  ),
);

/** The same lists as JSON: nothing, null or an empty array for no value, a bare value or an array for one. */
function documentOf(source: Lists, shapes: readonly number[]): Record<string, unknown> {
  const json = Object.entries(source).map(([field, values], index) => {
    const shape = shapes[index] ?? 0;
    const stored =
      field === "d" && shape > 1 ? values.map((value) => new Date(Number(value)).toISOString()) : values;
    if (stored.length === 0) return [field, [undefined, null, [], [null]][shape]] as const;
    if (stored.length === 1 && shape > 0) return [field, stored[0]] as const;
    return [field, shape === 3 ? [null, stored] : stored] as const;
  });
  const { "o.n": nested, ...flat } = Object.fromEntries<unknown>(json);
  return { ...flat, o: { n: nested } };
}

const OPERATORS: Record<string, (left: Value, right: Value) => boolean> = {
  "=": (left, right) => left === right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

function compare(operator: string, left: Sample<Value[]>, right: Sample<Value[]>): Sample<boolean> {
  const negated = operator === "!=" || operator === "<>";
  const holds = OPERATORS[negated ? "=" : operator] ?? (() => false);
  return {
    text: `${left.text} ${operator} ${right.text}`,
    of: (source) => left.of(source).some((a) => right.of(source).some((b) => holds(a, b))) !== negated,
  };
}

function field(name: string): Sample<Value[]> {
  return { text: name, of: (source) => source[name] ?? [] };
}

function literal(name: string, value: Value): Sample<Value[]> {
  return { text: literalText(name, value), of: () => [value] };
}

const anyField = fc.constantFrom(...Object.keys(valuesOf));
const anyOperator = fc.constantFrom("=", "!=", "<>", "<", "<=", ">", ">=");

const comparison = anyField.chain((name) =>
  fc
    .tuple(
      name === "b" ? fc.constantFrom("=", "!=") : anyOperator,
      valuesOf[name] ?? numbers,
      fc.constantFrom("field first", "literal first", "fields"),
    )
    .map(([operator, value, order]) => {
      const other = { n: "o.n", "o.n": "n", k: "t", t: "k" }[name] ?? name;
      if (order === "fields") return compare(operator, field(name), field(other));
      const sides = [field(name), literal(name, value)] as const;
      return order === "field first" ? compare(operator, ...sides) : compare(operator, sides[1], sides[0]);
    }),
);

/** Arithmetic has a value where each operand has exactly one. */
const calculated: fc.Arbitrary<Sample<Value[]>> = fc.oneof(
  fc
    .tuple(fc.constantFrom("n", "o.n"), fc.constantFrom("+", "-", "*"), numbers)
    .map(([name, operator, value]): Sample<Value[]> => ({
      text: `(${name} ${operator} ${value})`,
      of: (source) => {
        const [only, more] = source[name] ?? [];
        if (only === undefined || more !== undefined) return [];
        const left = Number(only);
        return [operator === "+" ? left + value : operator === "-" ? left - value : left * value];
      },
    })),
  fc.constantFrom("k", "t").map((name): Sample<Value[]> => ({
    text: `LENGTH(${name})`,
    of: (source) => (source[name]?.length === 1 ? [String(source[name][0]).length] : []),
  })),
);

const calculation = fc
  .tuple(calculated, anyOperator, numbers)
  .map(([left, operator, value]) => compare(operator, left, literal("n", value)));

const membership = anyField.chain((name) =>
  fc
    .tuple(fc.array(valuesOf[name] ?? numbers, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([values, negated]): Sample<boolean> => ({
      text: `${name} ${negated ? "NOT IN" : "IN"} (${values.map((value) => literalText(name, value)).join(", ")})`,
      of: (source) => (source[name] ?? []).some((value) => values.includes(value)) !== negated,
    })),
);

const prefix = fc
  .tuple(fc.constantFrom("k", "t"), texts, fc.boolean(), fc.boolean())
  .map(([name, start, negated, open]): Sample<boolean> => ({
    text: `${name} ${negated ? "NOT LIKE" : "LIKE"} ${quote(open ? `${start}%` : start)}`,
    of: (source) =>
      (source[name] ?? []).some((value) => (open ? String(value).startsWith(start) : value === start)) !==
      negated,
  }));

const presence = anyField.map((name): Sample<boolean> => ({
  text: `EXISTS ${name}`,
  of: (source) => (source[name] ?? []).length > 0,
}));

const flag = fc.constant<Sample<boolean>>({ text: "b", of: (source) => (source["b"] ?? []).includes(true) });

const { expression } = fc.letrec<{ expression: Sample<boolean>; operation: Sample<boolean> }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparison,
    calculation,
    membership,
    prefix,
    presence,
    flag,
    tie("operation"),
  ),
  operation: fc.oneof(
    tie("expression").map(({ text, of }) => ({ text: `NOT (${text})`, of: (source: Lists) => !of(source) })),
    fc
      .tuple(fc.constantFrom("AND", "OR", "XOR"), fc.array(tie("expression"), { minLength: 2, maxLength: 4 }))
      .map(([operator, operands]): Sample<boolean> => ({
        text: operands.map(({ text }) => `(${text})`).join(` ${operator} `),
        of: (source) => {
          const results = operands.map(({ of }) => of(source));
          if (operator === "AND") return results.every(Boolean);
          return operator === "OR" ? results.some(Boolean) : results.filter(Boolean).length % 2 === 1;
        },
      })),
  ),
}));

describe("a filter of documents", () => {
  it("means what an interpreter written from the documentation says", () => {
    let matched = 0;
    let total = 0;
    const shapes = fc.array(fc.nat({ max: 3 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        expression,
        fc.array(fc.tuple(lists, shapes), { minLength: 4, maxLength: 4 }),
        (sample, sources) => {
          const filter = compileDocumentFilter(sample.text, fields);
          if (!filter.ok) throw new Error(`${sample.text}: ${filter.message}`);
          for (const [source, shape] of sources) {
            const expected = sample.of(source);
            expect([sample.text, filter.matches(documentOf(source, shape))]).toEqual([sample.text, expected]);
            matched += Number(expected);
            total++;
          }
        },
      ),
      { numRuns: 1_500 },
    );
    // Were nearly all the same, the comparison would say little.
    expect(matched / total).toBeGreaterThan(0.2);
    expect(matched / total).toBeLessThan(0.8);
  });
});
