/** Random filters over random segments: columns find the documents that `compileDocumentFilter` finds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDocumentFilter } from "../../../../core/cesql/index.ts";
import { filterTypes } from "../../../../core/query/filter-types.ts";
import { ordinalsOf, emptyBitmap } from "../../../../shard-workers/segment/columns/bitmap.ts";
import { filterDocuments, type ColumnView } from "../../../../shard-workers/segment/columns/index.ts";
import { setBit } from "../../../../shard-workers/segment/bitmap.ts";
import {
  dates,
  documentsOf,
  FIELDS,
  liveView,
  mergedView,
  numbers,
  texts,
  type TestDocument,
} from "./support.ts";

const types = filterTypes(FIELDS);

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const number = numbers
  .map((value) => String(value === 0 ? 0 : value))
  .filter((text) => !text.startsWith("-"));
const text = texts.map(quote);
const date = dates.map((value) => quote(typeof value === "string" ? value : new Date(value).toISOString()));
const literals: Record<string, fc.Arbitrary<string>> = {
  n: number,
  "o.n": number,
  k: text,
  t: text,
  d: date,
  b: fc.constantFrom("TRUE", "FALSE"),
  id: fc.constantFrom("'0-0'", "'41-1'", "'9-9'", "''"),
};

const fields = fc.constantFrom(...Object.keys(literals));
const operators = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
const partners: Record<string, string> = { n: "o.n", "o.n": "n", k: "t", t: "k", d: "d", b: "b", id: "k" };

const comparison = fields.chain((field) =>
  fc
    .tuple(
      field === "b" ? fc.constantFrom("=", "!=") : operators,
      literals[field] ?? number,
      fc.constantFrom("field first", "literal first", "fields"),
    )
    .map(([operator, literal, order]) => {
      if (order === "fields") return `${field} ${operator} ${partners[field]}`;
      return order === "field first" ? `${field} ${operator} ${literal}` : `${literal} ${operator} ${field}`;
    }),
);

const membership = fields.chain((field) =>
  fc
    .tuple(fc.array(literals[field] ?? number, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([list, negated]) => `${field} ${negated ? "NOT IN" : "IN"} (${list.join(", ")})`),
);

const wildcards = fc.constantFrom("%", "%", "_", "\\%", "\\_", "prefix of", "\\n");
// A pattern has at most 1,024 characters.
const pattern = fc
  .array(fc.oneof(texts, wildcards), { maxLength: 3 })
  .map((parts) => quote(parts.join("").slice(-1_000)));

const like = fc
  .tuple(fc.constantFrom("k", "t", "n", "b", "id"), pattern, fc.boolean())
  .map(([field, wanted, negated]) => `${field} ${negated ? "NOT LIKE" : "LIKE"} ${wanted}`);

/** With errors among them: INT of a text that is none, a division by zero, a sum that no double holds. */
const calculated = fc.constantFrom(
  "n + o.n > 2",
  "n / o.n = 1",
  "o.n % n >= 0",
  "n * n > 1",
  "INT(k) = 10",
  "INT(k) > n",
  "BOOL(t)",
  "BOOL(n)",
  "LENGTH(t) > 2",
  "LOWER(k) = 'b'",
  "CONCAT(k, t) LIKE 'a%'",
  "LEFT(t, n) = 'a'",
  "n IN (o.n, 1)",
  "k IN (t, 'a')",
  "INT(d) > 0",
  "id = k",
  "-n < 0",
  "1 = 1",
  "1 < 0",
);

const leaf = fc.oneof(
  { weight: 4, arbitrary: comparison },
  { weight: 2, arbitrary: membership },
  { weight: 2, arbitrary: like },
  { weight: 1, arbitrary: fields.map((field) => `EXISTS ${field}`) },
  { weight: 1, arbitrary: fc.constant("b") },
  { weight: 2, arbitrary: calculated },
);

const { expression } = fc.letrec<{ expression: string; operation: string }>((tie) => ({
  expression: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, tie("operation")),
  operation: fc.oneof(
    tie("expression").map((operand) => `NOT (${operand})`),
    fc
      .tuple(fc.constantFrom("AND", "OR", "XOR"), fc.array(tie("expression"), { minLength: 2, maxLength: 4 }))
      .map(([operator, operands]) => operands.map((operand) => `(${operand})`).join(` ${operator} `)),
  ),
}));

function compile(filter: string): {
  matches: (document: TestDocument) => boolean;
  find: (view: ColumnView) => number[];
} {
  const compiled = compileDocumentFilter(filter, types);
  if (!compiled.ok) throw new Error(`${filter}: ${compiled.message}`);
  return {
    matches: ({ id, value }) => compiled.matches({ id, ...value }),
    find: (view) => Array.from(ordinalsOf(filterDocuments(view, types, compiled.expression))),
  };
}

function ordinalsWhere(
  documents: readonly TestDocument[],
  matches: (document: TestDocument) => boolean,
): number[] {
  return documents.flatMap((document, ordinal) => (matches(document) ? [ordinal] : []));
}

describe("a filter over columns", () => {
  it("finds what the filter over documents finds, in live and in stored segments", () => {
    let found = 0;
    let total = 0;
    fc.assert(
      fc.property(expression, documentsOf(40), (filter, documents) => {
        const { matches, find } = compile(filter);
        const expected = ordinalsWhere(documents, matches);
        const live = liveView(documents);
        expect([filter, find(live)]).toEqual([filter, expected]);
        expect([filter, find(mergedView([{ view: live, documents }]).view)]).toEqual([filter, expected]);
        found += expected.length;
        total += documents.length;
      }),
      { numRuns: 1_500 },
    );
    // Were nearly all the same, the comparison would say little.
    expect(found / total).toBeGreaterThan(0.2);
    expect(found / total).toBeLessThan(0.8);
  });

  it("asks only about the documents that it is given", () => {
    fc.assert(
      fc.property(expression, documentsOf(40), fc.func(fc.boolean()), (filter, documents, isAsked) => {
        const { matches } = compile(filter);
        const within = emptyBitmap(documents.length);
        const asked = documents.map(({ id }) => isAsked(id));
        asked.forEach((is, ordinal) => {
          if (is) setBit(within, ordinal);
        });
        const compiled = compileDocumentFilter(filter, types);
        if (!compiled.ok) throw new Error(compiled.message);
        const found = filterDocuments(liveView(documents), types, compiled.expression, within);
        expect(Array.from(ordinalsOf(found))).toEqual(
          ordinalsWhere(documents, matches).filter((ordinal) => asked[ordinal]),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("what a filter reads", () => {
  const documents: TestDocument[] = Array.from({ length: 200 }, (_, index) => ({
    id: String(index),
    value: {
      t: `a text that is longer than what columns keep, number ${index % 50}`,
      k: `k${index % 20}`,
      n: index,
    },
  }));

  function documentsRead(filter: string): number {
    let read = 0;
    const live = { view: liveView(documents), documents };
    const { view } = mergedView([live]);
    const counted = {
      ...view,
      documentOf: (ordinal: number) => {
        read++;
        return view.documentOf(ordinal);
      },
    };
    const { find, matches } = compile(filter);
    expect(find(counted)).toEqual(ordinalsWhere(documents, matches));
    return read;
  }

  it.each([
    "n > 10 AND k = 'k1'",
    "n + 1 > 10 AND LENGTH(k) = 2",
    "t LIKE 'a text%'",
    "t > 'b' OR t = 'a text'",
    "EXISTS t",
    "id = '7'",
  ])("no document for %s", (filter) => {
    expect(documentsRead(filter)).toBe(0);
  });

  it("the documents whose long texts begin alike, where only the rest decides", () => {
    expect(documentsRead("t = 'a text that is longer than what columns keep, number 7'")).toBe(200);
    expect(documentsRead("n < 10 AND t LIKE '%number 7'")).toBe(10);
  });
});
