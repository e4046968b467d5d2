import { expect, it, vi } from "vitest";
import { TermCache } from "../../../../core/analysis/term-cache.ts";

it("makes a term once, as long as it is asked for now and then", () => {
  const cache = new TermCache();
  const make = vi.fn<(word: string) => string>((word) => `${word}!`);
  for (let n = 0; n < 100_000; n++) {
    cache.get(`rare${n}`, () => "x");
    if (n % 1_000 === 0) expect(cache.get("often", make)).toBe("often!");
  }
  expect(make).toHaveBeenCalledTimes(1);
});

it("forgets what is not asked for, and makes it again", () => {
  const cache = new TermCache();
  const make = vi.fn<(word: string) => string>((word) => `${word}!`);
  cache.get("once", make);
  for (let n = 0; n < 40_000; n++) cache.get(`rare${n}`, () => "x");
  expect(cache.get("once", make)).toBe("once!");
  expect(make).toHaveBeenCalledTimes(2);
});
