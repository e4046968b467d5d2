import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyzeTerms } from "../../../core/analysis/analyze.ts";
import { LANGUAGES, type Language } from "../../../core/analysis/stem.ts";
import { ByteStrings, hashBytes } from "../../../shard-workers/segment/byte-strings.ts";
import { decodeText, encodeText } from "../../../shard-workers/segment/bytes.ts";
import { SCANNED_TERMS_MAX } from "../../../shard-workers/segment/limits.ts";
import { TermOrder } from "../../../shard-workers/segment/term-order.ts";
import { TermScanner } from "../../../shard-workers/segment/term-scanner.ts";

function termsOf(scanner: TermScanner, text: string): string[] {
  scanner.clear();
  scanner.scan(text);
  return Array.from(scanner.found.subarray(0, scanner.count), (number) => {
    const bytes = scanner.terms.keyOf(number);
    return decodeText(bytes, 0, bytes.length);
  });
}

function add(strings: ByteStrings, text: string): number {
  const bytes = encodeText(text);
  return strings.add(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
}

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        ..."aZ9' ’-.,\n\u0000é\u0301ß日本語สวัสดีहिन्दी👩‍🚀1️⃣\u00a0\ud800\ufeff",
        "don't",
        "l'avion",
        "O'Neil's",
        "running",
      ),
      { maxLength: 40 },
    )
    .map((pieces) => pieces.join("")),
);

describe("scanning a text for terms", () => {
  it("finds what the analysis of the whole text finds, in any script and language, again and again", () => {
    const language = fc.option(fc.constantFrom<Language>(...LANGUAGES), { nil: undefined });
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), language, (texts, declared) => {
        const scanner = new TermScanner(declared);
        for (const text of [...texts, ...texts]) {
          expect(termsOf(scanner, text)).toEqual(analyzeTerms(text.toWellFormed(), declared));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes texts of any length, and words that are too long to be remembered", () => {
    const long = `${"word ".repeat(60_000)}${"x".repeat(1_000_000)} end`;
    expect(termsOf(new TermScanner("english"), long)).toEqual(analyzeTerms(long, "english"));
  });

  it("says when it has met so many words that it is to be given up", () => {
    const scanner = new TermScanner(undefined);
    expect(scanner.full).toBe(false);
    scanner.scan(Array.from({ length: SCANNED_TERMS_MAX + 1 }, (_, word) => `w${word}`).join(" "));
    expect(scanner.full).toBe(true);
  });

  it("knows the numbers of the terms that it has met", () => {
    const scanner = new TermScanner("english");
    scanner.scan("Leaves fall");
    expect([scanner.numberOf("leav"), scanner.numberOf("fall"), scanner.numberOf("tree")]).toEqual([
      0, 1, -1,
    ]);
  });
});

describe("numbers for byte strings", () => {
  it("are those of a map, however many strings there are", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 3000 }), (texts) => {
        const strings = new ByteStrings();
        const expected = new Map<string, number>();
        for (const text of texts) {
          if (!expected.has(text)) expected.set(text, expected.size);
          expect(add(strings, text)).toBe(expected.get(text));
        }
        expect(strings.size).toBe(expected.size);
      }),
      { numRuns: 30 },
    );
  });

  it("tell strings with one hash apart", () => {
    const strings = new ByteStrings();
    const [a, b] = [encodeText("a"), encodeText("b")];
    expect([strings.add(a, 0, 1, 7), strings.add(b, 0, 1, 7)]).toEqual([0, 1]);
    expect([strings.find(a, 0, 1, 7), strings.find(b, 0, 1, 7), strings.find(a, 0, 0, 7)]).toEqual([
      0, 1, -1,
    ]);
  });

  it("sort as the texts do", () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."abé\u0000\ud83d\ude00ह"), maxLength: 7 }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(text), fc.nat(), text, (texts, early, prefix) => {
        const strings = new ByteStrings();
        const order = new TermOrder(strings);
        texts.forEach((one, index) => {
          add(strings, one);
          if (index === early % (texts.length + 1)) order.update();
        });
        const found = [...order.withPrefix(encodeText(prefix))].map((number) => texts[number]);
        expect(new Set(found)).toEqual(new Set(texts.filter((one) => one.startsWith(prefix))));
        expect([...order.update()].map((number) => texts[number])).toEqual(texts.toSorted());
      }),
    );
  });
});
