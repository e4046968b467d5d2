import fc from "fast-check";
import { expect, it } from "vitest";
import { LANGUAGES, stem } from "../../../../core/analysis/stem.ts";

it.each([
  ["english", "connecting", "connect"],
  ["english", "relational", "relat"],
  ["dutch", "katten", "kat"],
  ["finnish", "taloissa", "talo"],
  ["french", "continuellement", "continuel"],
  ["german", "aufeinanderfolgenden", "aufeinanderfolg"],
  ["spanish", "corriendo", "corr"],
  ["swedish", "jaktkarlarne", "jaktkarl"],
] as const)("stems in %s %j to %j", (language, word, expected) => {
  expect(stem(word, language)).toBe(expected);
});

const words = fc.string({
  unit: fc.constantFrom(..."abcdeéiouyßžсказаниемыحربनेதமிςσηκ'"),
  minLength: 1,
  maxLength: 30,
});

it.each(LANGUAGES)("gives every word of %s a stem, which is not empty, and always the same", (language) => {
  fc.assert(
    fc.property(words, (word) => {
      const first = stem(word, language);
      expect(first).not.toBe("");
      expect(stem(word, language)).toBe(first);
    }),
    { numRuns: 50 },
  );
});

it("takes no word for a name that JavaScript has given away", () => {
  expect(stem("constructor", "danish")).toBe("constructor");
  expect(stem("__proto__", "english")).toBe("__proto__");
});
