import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyzeTerms } from "../../../../core/analysis/analyze.ts";
import { stemsOfPrefix } from "../../../../core/analysis/prefix-stems.ts";

describe("the stems that a prefix means beside the terms that begin with it", () => {
  it.each([
    ["runn", ["run"]],
    ["runni", ["run"]],
    ["running", ["run"]],
    ["connecti", ["connect"]],
    ["happy", ["happi"]],
    ["studie", ["studi"]],
    ["relati", ["rel", "relat"]],
    ["nationa", ["nation"]],
  ])("are for %s of an English field %j", (prefix, stems) => {
    expect(stemsOfPrefix(prefix, prefix, "english")).toEqual(expect.arrayContaining(stems));
  });

  it.each(["run", "connect", "star", "electr", "ru", "th", "i"])(
    "are none for %s, which reaches into no ending or is short",
    (prefix) => {
      expect(stemsOfPrefix(prefix, prefix, "english")).toEqual([]);
    },
  );

  it("are those of whole words in other languages", () => {
    expect(stemsOfPrefix("nationale", "nationale", "french")).toEqual(analyzeTerms("nationale", "french"));
    expect(stemsOfPrefix("Häuser", "hauser", "german")).toEqual(analyzeTerms("Häuser", "german"));
  });

  it("leave no word out: each English word is found by all beginnings of three letters and more", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../cranfield/corpus.jsonl"), "utf8");
    const words = [...new Set(text.toLowerCase().match(/\b[a-z]+\b/g))];
    expect(words.length).toBeGreaterThan(5_000);
    const missed = words.flatMap((word) => {
      const [stem = ""] = analyzeTerms(word, "english");
      return Array.from({ length: Math.max(0, word.length - 2) }, (_, index) =>
        word.slice(0, index + 3),
      ).filter(
        (prefix) => !stem.startsWith(prefix) && !stemsOfPrefix(prefix, prefix, "english").includes(stem),
      );
    });

    expect(missed).toEqual([]);
  });
});
