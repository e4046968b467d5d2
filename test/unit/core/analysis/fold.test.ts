import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldMarks, lowerCase } from "../../../../core/analysis/fold.ts";

describe("lower case", () => {
  it.each([
    ["ABC", "abc"],
    ["Ａｂｃ", "abc"],
    ["ﬁ", "fi"],
    ["⑴", "1"],
    ["℡", "tel"],
    ["Ǆ", "dž"],
    ["ΣΑΣ", "σας"],
    ["ﷺ", "صلىاللهعليهوسلم"],
  ])("of %j is %j", (word, lower) => {
    expect(lowerCase(word)).toBe(lower);
  });
});

describe("a word without its optional marks", () => {
  it.each([
    ["café", "cafe"],
    ["e\u0301", "e"],
    ["ångström", "angstrom"],
    ["weiß", "weiss"],
    ["đħŧłøı", "dhtloi"],
    ["ёлка", "елка"],
    ["שָׁלוֹם", "שלום"],
    ["كـتـاب", "كتاب"],
  ])("%j is %j", (word, folded) => {
    expect(foldMarks(word)).toBe(folded);
  });

  it.each(["हिन्दी", "தமிழ்", "বাংলা"])("keeps the vowels of %s, which are marks too", (word) => {
    expect(foldMarks(word)).toBe(word.normalize("NFC"));
  });
});

it("folds what is folded to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const once = foldMarks(lowerCase(text));
      expect(foldMarks(lowerCase(once))).toBe(once);
    }),
    { numRuns: 1_000 },
  );
});
