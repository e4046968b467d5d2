import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "../../../../core/collection.ts";
import { parseQuery, type Clause, type QueryOptions } from "../../../../core/query/parse-query.ts";

const fields: Fields = {
  title: { type: "text" },
  plot: { type: "text", language: "english" },
  "cast.name": { type: "text" },
  year: { type: "number" },
};
const title: QueryOptions = { fields, searched: ["title"], operator: "or" };
const both: QueryOptions = { ...title, searched: ["title", "plot"] };

function clausesOf(q: string, options: QueryOptions = title): Clause[] {
  const parsed = parseQuery(q, options);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.clauses;
}

/** A clause in short: `+` or `-`, its terms, and what it is when it is no single term. */
function brief({ occur, kind, fields: [first] }: Clause): string {
  const sign = { must: "+", should: "", not: "-" }[occur];
  const terms = first?.terms.join(" ") ?? "";
  return `${sign}${kind === "phrase" ? `"${terms}"` : kind === "prefix" ? `${terms}*` : terms}`;
}

const inBrief = (q: string, options?: QueryOptions): string[] => clausesOf(q, options).map(brief);

describe("the operators", () => {
  it.each([
    ["godfather", ["godfather"]],
    ["  The   Godfather ", ["the", "godfather"]],
    ["the the the", ["the"]],
    ['"the godfather"', ['"the godfather"']],
    ['"godfather"', ["godfather"]],
    ['"the godfather', ['"the godfather"']],
    ['""', []],
    ['" "', []],
    ["god*", ["god*"]],
    ["GÖD*", ["god*"]],
    ["spider-ma*", ["spider", "ma*"]],
    ["*", []],
    ["**", []],
    ["+the +godfather part", ["+the", "+godfather", "part"]],
    ['+"part two"', ['+"part two"']],
    ["+god*", ["+god*"]],
    ["godfather -part", ["godfather", "-part"]],
    ['-"part two"', ['-"part two"']],
    ["-god*", ["-god*"]],
    ["spider-man", ["spider", "man"]],
    ["-spider-man", ['-"spider man"']],
    ["+spider-man", ["+spider", "+man"]],
    ["- godfather", ["godfather"]],
    ["+", []],
    ["-", []],
    ["+-godfather", ["+godfather"]],
    ["C++", ["c"]],
    ["!? …", []],
    ['god"father', ["god", "father"]],
  ])("of %j make %j", (q, expected) => {
    expect(inBrief(q)).toEqual(expected);
  });

  it("tells a query that is empty, which means everything, from one without a word, which means nothing", () => {
    expect(parseQuery("", title)).toEqual({ ok: true, clauses: [], empty: true });
    expect(parseQuery(" \n\t", title)).toEqual({ ok: true, clauses: [], empty: true });
    expect(parseQuery("!?", title)).toEqual({ ok: true, clauses: [], empty: false });
  });

  it("asks for every word under `and`, but for those excluded", () => {
    expect(inBrief('the godfather "part two" god* -three', { ...title, operator: "and" })).toEqual([
      "+the",
      "+godfather",
      '+"part two"',
      "+god*",
      "-three",
    ]);
  });
});

describe("a field's name", () => {
  it.each([
    ["title:godfather", [{ field: "title", terms: ["godfather"] }]],
    ['plot:"running men"', [{ field: "plot", terms: ["run", "men"] }]],
    ["-plot:running", [{ field: "plot", terms: ["run"] }]],
    ["plot:god*", [{ field: "plot", terms: ["god"] }]],
  ])("in %j looks there alone", (q, expected) => {
    expect(clausesOf(q, both).map((clause) => clause.fields)).toEqual([expected]);
  });

  it("may be a path", () => {
    const options = { ...both, searched: ["title", "cast.name"] };

    expect(clausesOf("cast.name:pacino", options)[0]?.fields).toEqual([
      { field: "cast.name", terms: ["pacino"] },
    ]);
  });

  it.each([
    ["Alien:Resurrection", ["alien", "resurrection"]],
    ["year:1990", ["year", "1990"]],
    ["plot:war", ["plot", "war"]],
    ["constructor:x", ["constructor", "x"]],
    ["http://example.com", ["http", "example", "com"]],
    ["title: godfather", ["title", "godfather"]],
    ["title:", ["title"]],
  ])("that is not searched makes %j text", (q, expected) => {
    expect(inBrief(q)).toEqual(expected);
  });
});

describe("several fields", () => {
  it("are searched in their order, each with the terms of its own language", () => {
    expect(clausesOf("Running", both)).toEqual([
      {
        occur: "should",
        kind: "term",
        fields: [
          { field: "title", terms: ["running"] },
          { field: "plot", terms: ["run"] },
        ],
      },
    ]);
  });

  it("have the same prefix, folded, and where words are stemmed the stems of what it begins", () => {
    expect(clausesOf("Running*", both)[0]?.fields).toEqual([
      { field: "title", terms: ["running"] },
      { field: "plot", terms: ["running"] },
      { field: "plot", terms: ["run"], whole: true },
    ]);
    expect(clausesOf("trail-runni*", both)[1]?.fields).toEqual([
      { field: "title", terms: ["runni"] },
      { field: "plot", terms: ["runni"] },
      { field: "plot", terms: ["run"], whole: true },
    ]);
  });

  it("make no clause when there is none", () => {
    expect(clausesOf('godfather "part two"', { ...both, searched: [] })).toEqual([]);
  });
});

describe("the weight of a word", () => {
  const english: QueryOptions = { fields, searched: ["plot"], operator: "or" };
  const weights = (q: string, options: QueryOptions = english): (number | undefined)[] =>
    clausesOf(q, options).map(({ weight }) => weight);

  it("is a fifth for a stop word of the field's language", () => {
    expect(weights("what IS the wind")).toEqual([0.2, 0.2, 0.2, undefined]);
    expect(weights("don't fly, don’t")).toEqual([0.4, undefined]);
    expect(weights("what is", { ...english, operator: "and" })).toEqual([0.2, 0.2]);
  });

  it("is whole where no field that is searched has a language", () => {
    expect(weights("what is the wind", title)).toEqual([undefined, undefined, undefined, undefined]);
    expect(weights("what wind", both)).toEqual([0.2, undefined]);
  });

  it("is whole where one of the languages has the word for something else", () => {
    const german: Fields = { ...fields, inhalt: { type: "text", language: "german" } };
    const options: QueryOptions = { fields: german, searched: ["plot", "inhalt"], operator: "or" };

    expect(weights("die in", options)).toEqual([undefined, 0.2]);
    expect(weights("die in", { ...options, searched: ["inhalt"] })).toEqual([0.2, 0.2]);
  });

  it("is whole for what was asked for with an operator", () => {
    expect(weights('+what -the "to be" wh*')).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("grows with each time that the query has it, up to eight", () => {
    expect(weights("heat flow heat")).toEqual([2, undefined]);
    expect(weights('"heat flow" heat "heat flow"')).toEqual([2, undefined]);
    expect(weights("heat ".repeat(20))).toEqual([8]);
    expect(weights("-heat -heat")).toEqual([undefined]);
  });
});

describe("the bound", () => {
  const words = (count: number): string => Array.from({ length: count }, (_, n) => `w${n}`).join(" ");

  it("lets 256 words through, and no more", () => {
    expect(clausesOf(words(256))).toHaveLength(256);
    expect(parseQuery(words(257), title)).toMatchObject({ ok: false, code: "invalid-query" });
  });

  it("counts a word that comes again once", () => {
    expect(clausesOf("again ".repeat(1_000))).toHaveLength(1);
  });

  it.each([
    ["joined by hyphens", words(257).replaceAll(" ", "-")],
    ["in a phrase", `"${words(257)}"`],
    ["in an excluded name", `-${words(257).replaceAll(" ", "-")}`],
    ["before a prefix", `${words(257).replaceAll(" ", "-")}*`],
  ])("counts words %s: each costs a lookup", (_, q) => {
    expect(parseQuery(q, title)).toMatchObject({ ok: false, code: "invalid-query" });
  });
});

describe("any text", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          '"',
          "*",
          "+",
          "-",
          ":",
          " ",
          "title",
          "plot",
          "a",
          "é",
          "日本",
          "'",
          "😀",
          "\u0000",
          "\ud800",
        ),
        {
          maxLength: 80,
        },
      )
      .map((parts) => parts.join("")),
  );

  it("is a query: it never throws, and each clause has something to look for", () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom<"and" | "or">("and", "or"), (q, operator) => {
        const parsed = parseQuery(q, { ...both, operator });
        if (!parsed.ok) {
          expect(parsed.code).toBe("invalid-query");
          return;
        }
        for (const clause of parsed.clauses) {
          expect(clause.fields.length).toBeGreaterThan(0);
          for (const { field, terms } of clause.fields) {
            expect(both.searched).toContain(field);
            expect(terms.length).toBeGreaterThan(0);
            expect(terms.every((term) => term !== "")).toBe(true);
            if (clause.kind !== "phrase") expect(terms).toHaveLength(1);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("of plain words is a clause a word, whatever stands between them", () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 20 }),
        fc.constantFrom(" ", ", ", " & ", "\n", "/"),
        (list, between) => {
          expect(inBrief(list.join(between))).toEqual([...new Set(list)]);
        },
      ),
    );
  });

  it("of a hundred thousand letters or quotes is read in one go", () => {
    expect(clausesOf("a".repeat(100_000))).toHaveLength(1);
    expect(clausesOf('"'.repeat(100_000))).toEqual([]);
    expect(clausesOf(`${"a.".repeat(50_000)}:`)).toHaveLength(1);
  });
});
