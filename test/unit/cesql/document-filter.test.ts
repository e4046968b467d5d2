import { describe, expect, it } from "vitest";
import { compileDocumentFilter, documentPredicate, type DocumentFields } from "../../../core/cesql/index.ts";

const fields: DocumentFields = {
  title: "text",
  genre: "keyword",
  year: "number",
  usGross: "number",
  released: "date",
  adult: "boolean",
  "address.city": "keyword",
  "first-name": "keyword",
};

const film = {
  id: "1",
  title: "The Third Man",
  genre: ["Noir", "Thriller"],
  year: 1949,
  usGross: 600_000.5,
  released: "1949-09-01",
  adult: false,
  address: { city: "Wien" },
  "first-name": "Carol",
  undeclared: 1,
};

function matches(text: string, document: Record<string, unknown> = film): boolean {
  const filter = compileDocumentFilter(text, fields);
  if (!filter.ok) throw new Error(filter.message);
  return filter.matches(document);
}

describe("a filter of documents", () => {
  it.each([
    ["year >= 1940 AND genre IN ('Drama', 'Noir') AND NOT adult", true],
    ["year = 1949 AND year != 1950 AND year <> 1950", true],
    ["year = '1949'", true],
    ["1948 < year AND year <= 1949.0", true],
    ["usGross = 600000.5 AND usGross > 6e5", true],
    ["year % 10 = 9 AND (year - 1900) * 2 = 98", true],
    ["-year < 0", true],
    ["year < usGross", true],
    ["title LIKE '%Third%' AND LOWER(title) LIKE 'the %'", true],
    ["year LIKE '19__'", true],
    ["LENGTH(title) = 13", true],
    ["genre = 'Thriller' AND genre LIKE 'No%'", true],
    ["genre = 'Drama'", false],
    ["genre != 'Noir'", false],
    ["genre NOT IN ('Noir')", false],
    ["genre > 'S'", true],
    ["title > 'The T' AND title < 'the'", true],
    ["address.city = 'Wien'", true],
    ["`first-name` = 'Carol'", true],
    ["adult = FALSE AND adult = 'false' AND adult != TRUE", true],
    ["adult XOR TRUE", true],
    ["EXISTS year AND NOT (EXISTS adult AND adult)", true],
  ])("%s is %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it("tells case apart in names and values", () => {
    expect(matches("genre = 'noir'")).toBe(false);
    expect(compileDocumentFilter("Genre = 'Noir'", fields)).toMatchObject({ ok: false, code: "unknownName" });
  });
});

describe("dates", () => {
  it.each([
    ["released = '1949-09-01'", true],
    ["released = '1949-09-01T00:00:00Z'", true],
    ["released = '1949-09-01T02:00:00+02:00'", true],
    ["released >= '1949' AND released < '1950'", true],
    ["released > '1949-09-01T00:00:00.001'", false],
    ["'1949-08-31T23:59:59' < released", true],
    ["released IN ('1949-09-01', '1950-01-01')", true],
    ["'1949-09-01' IN (released)", true],
    ["released = -641692800000", true],
    ["released < 0", true],
    ["released = released", true],
    ["INT(released) / 1000 = -641692800", true],
    ["released < 1000 * 60 * 60", true],
  ])("%s is %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it("may be stored as text with a zone, or as epoch milliseconds", () => {
    for (const released of ["1949-09-01T02:00:00+02:00", -641692800000]) {
      expect(matches("released = '1949-09-01'", { released })).toBe(true);
    }
  });
});

describe("an absent field", () => {
  it.each([
    ["is missing", {}],
    ["is null", { year: null, genre: null, adult: null, released: null, title: null, address: null }],
    ["is empty", { year: [], genre: [[], null], adult: [], released: [], title: [], address: [] }],
    [
      "is of another type",
      { year: "1949", genre: 5, adult: 1, released: "soon", title: {}, address: "Wien" },
    ],
  ])("%s: nothing compares with it, and EXISTS says so", (_, document) => {
    for (const positive of [
      "year = 1949",
      "year < 9999",
      "year > -9999",
      "year = year",
      "genre IN ('Noir')",
      "genre LIKE '%'",
      "released < '2100-01-01'",
      "adult",
      "adult = FALSE",
      "year + 1 > 0",
      "-year < 1",
      "LENGTH(title) >= 0",
      "CONCAT(title, 'x') LIKE '%'",
      "address.city = 'Wien'",
      "EXISTS year",
      "EXISTS address.city",
    ]) {
      expect([positive, matches(positive, document)]).toEqual([positive, false]);
      expect([positive, matches(`NOT (${positive})`, document)]).toEqual([positive, true]);
    }
    for (const negative of ["year != 1949", "genre NOT IN ('Noir')", "genre NOT LIKE '%'", "NOT adult"]) {
      expect([negative, matches(negative, document)]).toEqual([negative, true]);
    }
  });
});

describe("a field of several values", () => {
  const many = {
    year: [1949, null, [1960]],
    released: ["1949-09-01", 0],
    adult: [false, true],
    genre: ["Noir"],
  };

  it.each([
    ["year = 1960", true],
    ["year != 1960", false],
    ["year < 1950 AND year > 1955", true],
    ["year NOT IN (1970, 1980)", true],
    ["released = '1970-01-01'", true],
    ["adult", true],
    ["adult = FALSE", true],
    ["year + 0 = 1949", false],
    ["genre = 'Noir' AND LENGTH(genre) = 4", true],
    ["EXISTS year", true],
  ])("%s is %s", (text, expected) => {
    expect(matches(text, many)).toBe(expected);
  });

  it("may have its values in objects along the path", () => {
    const document = { address: [{ city: "Wien" }, { city: ["Graz", "Linz"] }, {}] };
    expect(matches("address.city = 'Linz'", document)).toBe(true);
    expect(matches("address.city = 'Enns'", document)).toBe(false);
  });
});

describe("a filter that is wrong is refused before a document is met", () => {
  it.each([
    ["year >", "parse", 6, "Expected a value, but found the end (position 6)."],
    [
      "adult AND yaer = 5",
      "unknownName",
      10,
      "There is no field 'yaer'; the declared ones are title, genre, year, usGross, released, adult, address.city, first-name (position 10).",
    ],
    ["EXISTS undeclared", "unknownName", 7, undefined],
    ["address = 'Wien'", "unknownName", 0, undefined],
    ["constructor = 'x'", "unknownName", 0, undefined],
    [
      "first-name = 'x'",
      "unknownName",
      0,
      "There is no field 'first'; a name with '-' goes in backticks: `first-name` (position 0).",
    ],
    ["year = 'abc'", "type", 7, "A comparison with year needs a number, but 'abc' is a text (position 7)."],
    ["'abc' < year", "type", 0, "A comparison with year needs a number, but 'abc' is a text (position 0)."],
    [
      "year IN (1, '2', 'x')",
      "type",
      17,
      "A comparison with year needs a number, but 'x' is a text (position 17).",
    ],
    [
      "genre = 5",
      "type",
      8,
      "A comparison with genre needs a text, but 5 is a number: put it in quotes (position 8).",
    ],
    [
      "released > 'yesterday'",
      "type",
      11,
      "A comparison with released needs a date such as '2026-01-31', but 'yesterday' is a text (position 11).",
    ],
    ["released = '2026-02-30'", "type", 11, undefined],
    ["released = TRUE", "type", 11, undefined],
    ["released = year", "type", 11, undefined],
    [
      "year = genre",
      "type",
      7,
      "A comparison with year needs a number, but genre is a keyword (position 7).",
    ],
    ["adult = 'maybe'", "type", 8, undefined],
    ["adult > FALSE", "type", 0, "> needs numbers, dates or texts, but adult is a boolean (position 0)."],
    ["NOT year", "type", 4, "NOT needs a boolean, but year is a number (position 4)."],
    ["adult OR year", "type", 9, "OR needs a boolean, but year is a number (position 9)."],
    ["title + 1 = 2", "type", 0, "+ needs a number, but title is a text (position 0)."],
    ["-genre = 1", "type", 1, undefined],
    ["released - 1 > 0", "type", 0, undefined],
    ["released LIKE '19%'", "type", 0, "LIKE needs a text, but released is a date (position 0)."],
    ["LENGTH(released) = 1", "type", 7, undefined],
    ["STRING(released) = 'x'", "type", 7, undefined],
    ["LEFT(title, genre) = 'x'", "type", 12, "LEFT needs a number, but genre is a keyword (position 12)."],
    ["year", "type", 0, "A filter needs a boolean, but year is a number (position 0)."],
    ["year + 1", "type", 0, "A filter needs a boolean, but this is a number (position 0)."],
    ["TWICE(year) = 2", "missingFunction", 0, undefined],
    ["ABS(year, 1) = 2", "missingFunction", 0, "ABS takes 1 argument, not 2 (position 0)."],
    ["NOT genre = 'x'", "precedence", 0, undefined],
    ["year + 1 IN (2)", "precedence", 0, undefined],
    ["adult OR adult AND year = 1", "precedence", 0, undefined],
  ])("%s", (text, code, position, message) => {
    const result = compileDocumentFilter(text, fields);
    expect(result).toMatchObject({ ok: false, code, position });
    if (message !== undefined) expect(result).toMatchObject({ message });
  });

  it("names no more fields than one can read", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 64 }, (_, index) => [`field${index}`, "number" as const]),
    );
    const result = compileDocumentFilter("x = 1", wide);
    expect(result.ok || result.message).toContain("field19 …");
    expect(result.ok || result.message).not.toContain("field20");
  });
});

describe("a compiled filter", () => {
  it("has its literals in the type that they are compared with, for whoever compiles it further", () => {
    const filter = compileDocumentFilter(
      "released >= '1970-01-02' AND year IN ('5') AND adult = 'TRUE'",
      fields,
    );
    expect(filter.ok && filter.expression).toMatchObject({
      operands: [
        { right: { kind: "literal", value: 86_400_000, position: 12 } },
        { elements: [{ kind: "literal", value: 5 }] },
        { right: { kind: "literal", value: true } },
      ],
    });
  });

  it("can be made again from its expression, on the other side of a Worker's border", () => {
    const filter = compileDocumentFilter("released >= '1949' AND year IN ('1949') AND NOT adult", fields);
    const again = filter.ok ? documentPredicate(structuredClone(filter.expression), fields) : filter;
    expect(again.ok && again.matches(film)).toBe(true);
    expect(again.ok && again.matches({ ...film, released: "1948-12-31" })).toBe(false);
    expect(again).toMatchObject({ expression: filter.ok && filter.expression });
  });

  it("leaves out a document for which a function fails", () => {
    expect(matches("INT(title) = 0")).toBe(false);
    expect(matches("NOT (INT(title) = 0)")).toBe(false);
    expect(matches("INT(title) = 5", { title: "5" })).toBe(true);
    expect(matches("year / 0 = 0 OR TRUE")).toBe(false);
  });
});
