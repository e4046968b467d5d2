import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "../../../../core/collection.ts";
import { highlight } from "../../../../core/query/highlight.ts";
import { parseQuery } from "../../../../core/query/parse-query.ts";

const fields: Fields = { title: { type: "text" }, plot: { type: "text", language: "english" } };

function marked(q: string, text: string, field: "title" | "plot" = "title"): string[] {
  const parsed = parseQuery(q, { fields, searched: ["title", "plot"], operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  return highlight(text, field, parsed.clauses, fields[field]?.language);
}

/** A fragment without its marks, and with its entities resolved. */
const plain = (html: string): string =>
  html
    .replaceAll(/<\/?mark>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

describe("what matches", () => {
  it.each([
    ["godfather", "The Godfather", "The <mark>Godfather</mark>"],
    ["elan", "Élan, élan!", "<mark>Élan</mark>, <mark>élan</mark>!"],
    ["the godfather", "The Godfather", "<mark>The</mark> <mark>Godfather</mark>"],
    ["god*", "Godfather and gods", "<mark>Godfather</mark> and <mark>gods</mark>"],
    [
      '"the godfather"',
      "The godfather, the other godfather",
      "<mark>The</mark> <mark>godfather</mark>, the other godfather",
    ],
    ['"a a"', "a a a", "<mark>a</mark> <mark>a</mark> <mark>a</mark>"],
    ["title:godfather", "Godfather", "<mark>Godfather</mark>"],
    ["+godfather", "Godfather", "<mark>Godfather</mark>"],
    ["dont", "Don’t look up", "<mark>Don’t</mark> look up"],
  ])("of %j in %j is marked", (q, text, html) => {
    expect(marked(q, text)).toEqual([html]);
  });

  it("is found by its stem in a field that has a language", () => {
    expect(marked("run", "The runners were running", "plot")).toEqual([
      "The runners were <mark>running</mark>",
    ]);
    expect(marked("run", "The runners were running", "title")).toEqual([]);
  });

  it.each([
    ["mother", "The Godfather"],
    ["-godfather", "The Godfather"],
    ["plot:godfather", "The Godfather"],
    ['"godfather the"', "The Godfather"],
    ['"the godfather returns"', "The Godfather"],
    ["", "The Godfather"],
    ["godfather", ""],
  ])("of %j in %j is nothing, and makes no fragment", (q, text) => {
    expect(marked(q, text)).toEqual([]);
  });
});

describe("a fragment", () => {
  it("is HTML with nothing in it but marks", () => {
    expect(marked("script", `<script>alert("x" && 'y')</script>`)).toEqual([
      `&lt;<mark>script</mark>&gt;alert(&quot;x&quot; &amp;&amp; 'y')&lt;/<mark>script</mark>&gt;`,
    ]);
  });

  it("keeps an entity in the text an entity of text", () => {
    expect(marked("amp", "&amp;")).toEqual(["&amp;<mark>amp</mark>;"]);
  });

  const parts = fc.constantFrom(
    "word",
    "other",
    " ",
    "<",
    ">",
    "&",
    '"',
    "'",
    "</mark>",
    "<mark>",
    "é",
    "😀",
    "\u0000",
    "日本",
  );
  const texts = fc.array(parts, { maxLength: 400 }).map((list) => list.join(""));

  it("is a part of the text, escaped, whatever the text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const fragments = marked("word 日本 😀 oth*", text);
        expect(fragments.length).toBeLessThanOrEqual(3);
        for (const html of fragments) {
          expect(text).toContain(plain(html));
          expect(html.replaceAll(/<mark>[^<>"]+<\/mark>/g, "")).not.toMatch(/[<>"]/);
          expect(html).toMatch(/<mark>/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is the whole text where that is short", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text.length <= 200);
        const fragments = marked("word", text);
        if (fragments.length > 0) expect(fragments.map(plain)).toEqual([text]);
      }),
    );
  });

  it("of a long text is about 200 characters, and begins and ends with whole words", () => {
    const text = `${"before ".repeat(100)}needle ${"after ".repeat(100)}`;
    const [html = "", ...others] = marked("needle", text);

    expect(others).toEqual([]);
    expect(plain(html).length).toBeGreaterThan(150);
    expect(plain(html).length).toBeLessThanOrEqual(200);
    expect(plain(html)).toMatch(/^before .* needle .* after$/);
  });

  it("comes with at most two others: those with the most marks, in the text's order", () => {
    const filler = "filler ".repeat(60);
    const text = [
      "needle one",
      "needle needle two",
      "needle three",
      "needle needle four",
      "needle needle five",
    ].join(` ${filler}`);
    const fragments = marked("needle", text).map(plain);

    expect(fragments).toHaveLength(3);
    expect(fragments[0]).toMatch("two");
    expect(fragments[1]).toMatch("four");
    expect(fragments[2]).toMatch("five");
  });

  it("of a text of a million letters without a match is none", () => {
    expect(marked("needle", "a".repeat(1_000_000))).toEqual([]);
  });
});
