import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../decorators/support/pattern.ts";

function patternOf(source: string) {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.pattern;
}

const found = (source: string, text: string) =>
  [...patternOf(source).matches(text)].map(({ start, end, groups }) => [start, end, ...groups.slice(1)]);

describe("a pattern", () => {
  it("finds what JavaScript's engine finds", () => {
    const sources = [
      "a",
      "a*",
      "(a|b)+",
      "[^a]{1,2}",
      "(a)(b)?",
      "b$",
      "^a",
      "\\bab\\b",
      "a.*?b",
      "(?:ab|a)b",
    ];
    const texts = fc.string({ unit: fc.constantFrom("a", "b", " ", "\u{1f600}"), maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...sources), texts, (source, text) => {
        const expected = [...text.matchAll(new RegExp(source, "gu"))].map((match) => [
          match.index,
          match.index + match[0].length,
          ...match.slice(1),
        ]);

        expect(found(source, text)).toEqual(expected);
      }),
    );
  });

  it.each([
    "(?=a)",
    "(?!a)",
    "(?<=a)b",
    "(a)\\1",
    "(?<n>a)\\k<n>",
    "a++",
    "(",
    "[b-a]",
    "",
    "x".repeat(1_001),
  ])("is refused: %s", (source) => {
    expect(compilePattern(source)).toMatchObject({ ok: false });
  });

  it.each(["(a{100}){10}", "a{501}", "((a{1,30}){1,30}){1,2}"])(
    "of too many states is refused: %s",
    (source) => {
      expect(compilePattern(source)).toMatchObject({
        ok: false,
        message: expect.stringMatching(/states|RE2/),
      });
    },
  );

  it.each(["(a+)+$", "(a|a)*$", "(a*)*b", "a*a*a*a*a*b", "(.*)(.*)(.*)(.*)b"])(
    "that other engines never come to an end with ends: %s",
    (source) => {
      const text = `${"a".repeat(90_000)}!`;

      expect([...patternOf(source).matches(text)].length).toBeLessThan(3);
      expect(patternOf(source).test(`${text}b`)).toBe(!source.startsWith("(a+)"));
    },
  );

  it("each of whose many matches looks at all that is left is given up", () => {
    expect(() => [...patternOf("a.*b|a").matches("a".repeat(90_000))]).toThrow("too many matches");
  });

  it("may have as many matches as there are characters, where each looks at little", () => {
    expect([...patternOf("a").matches("a".repeat(90_000))]).toHaveLength(90_000);
  });

  it("does not take a text that is far too long for it", () => {
    expect(() => patternOf("(a{1,20}b){1,10}").test("a".repeat(1_000_000))).toThrow("too long");
  });
});
