import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileLike } from "../../../core/cesql/like.ts";

const WILD = { many: Symbol("%"), one: Symbol("_") };

/** The definition of LIKE, by dynamic programming over code points: the slow and plain way. */
function likeOracle(pattern: string, text: string): boolean {
  const wanted: (string | symbol)[] = [];
  const source = Array.from(pattern);
  while (source.length > 0) {
    const character = source.shift() ?? "";
    const escaped = character === "\\" && ["%", "_", "\\"].includes(source[0] ?? "");
    if (escaped) wanted.push(source.shift() ?? "");
    else wanted.push(character === "%" ? WILD.many : character === "_" ? WILD.one : character);
  }
  let reachable = new Set([0]);
  const characters = Array.from(text);
  for (const item of wanted) {
    const next = new Set<number>();
    for (const index of reachable) {
      if (item === WILD.many) for (let end = index; end <= characters.length; end++) next.add(end);
      else if (index < characters.length && (item === WILD.one || item === characters[index]))
        next.add(index + 1);
    }
    reachable = next;
  }
  return reachable.has(characters.length);
}

describe("LIKE", () => {
  it.each([
    ["", "", true],
    ["", "a", false],
    ["%", "", true],
    ["%%", "anything", true],
    ["_", "", false],
    ["_", "\u{1F600}", true],
    ["__", "\u{1F600}", false],
    ["%_b", "a\u{1F600}b", true],
    ["a%a", "a", false],
    ["%aa%aa%", "aaa", false],
    ["%aa%aa%", "aaaa", true],
    [String.raw`100\%`, "100%", true],
    [String.raw`100\%`, "1000", false],
    [String.raw`a\\%`, String.raw`a\b`, true],
    [String.raw`a\b`, String.raw`a\b`, true],
    [String.raw`a%\_`, "ab_", true],
    ["abc", "ABC", false],
  ])("%s on %s is %s", (pattern, text, expected) => {
    expect(compileLike(pattern)(text)).toBe(expected);
  });

  it("is what its definition says, for any pattern and text", () => {
    const few = ["a", "b", "\u{1F600}"];
    const pattern = fc.array(fc.constantFrom(...few, "%", "_", "\\")).map((parts) => parts.join(""));
    const text = fc
      .array(fc.constantFrom(...few, "%", "\\"), { maxLength: 30 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, text, (like, value) => {
        expect(compileLike(like)(value)).toBe(likeOracle(like, value));
      }),
      { numRuns: 3_000 },
    );
  });

  it("finds parts of more than 32 characters, with and without a wildcard in them", () => {
    const parts = fc.array(fc.constantFrom("a", "a", "a", "b", "_"), { minLength: 30, maxLength: 80 });
    const sides = fc
      .array(fc.constantFrom("a", "b"), { maxLength: 60 })
      .map((characters) => characters.join(""));
    fc.assert(
      fc.property(parts, sides, sides, fc.boolean(), (part, before, after, spoil) => {
        const like = `%${part.join("")}%`;
        const middle = part.map((character) => (character === "_" ? "b" : character)).join("");
        const text = before + (spoil ? middle.slice(0, -1) : middle) + after;
        expect(compileLike(like)(text)).toBe(likeOracle(like, text));
      }),
    );
  });

  it("comes to an end where backtracking would not", () => {
    const text = "a".repeat(100_000);
    expect(compileLike(`${"%a".repeat(400)}%b`)(text)).toBe(false);
    expect(compileLike(`%b${"a".repeat(900)}%`)(text)).toBe(false);
    expect(compileLike(`%_${"a".repeat(900)}b%`)(text)).toBe(false);
  });
});
