import { describe, expect, it } from "vitest";
import { isStopWord } from "../../../../core/analysis/stop-words.ts";

describe("stop words", () => {
  it.each([
    ["the", "english"],
    ["What", "english"],
    ["a", "english"],
    ["don’t", "english"],
    ["für", "german"],
    ["FUR", "german"],
    ["à", "french"],
    ["что", "russian"],
  ] as const)("have %s among them in %s, however it is written", (word, language) => {
    expect(isStopWord(word, language)).toBe(true);
  });

  it.each([
    ["wind", "english"],
    ["die", "english"],
    ["the", "german"],
    ["the", "tamil"],
    ["", "english"],
    ["constructor", "english"],
  ] as const)("do not have %j among them in %s", (word, language) => {
    expect(isStopWord(word, language)).toBe(false);
  });
});
