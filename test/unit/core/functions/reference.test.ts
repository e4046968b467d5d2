import { describe, expect, it } from "vitest";
import {
  functionUse,
  parseFunctionUse,
  splitProblem,
  versionOf,
} from "../../../../core/functions/reference.ts";
import { versionHash } from "../../../../core/functions/version-hash.ts";

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbb";

describe("a function's name in a step", () => {
  it.each([
    ["function:lang", { name: "lang" }],
    [`function:lang@${A}`, { name: "lang", version: A }],
    ["lang", undefined],
    ["function:", undefined],
    ["function:Lang", undefined],
    ["function:lang@", undefined],
    ["function:lang@1", undefined],
    [`function:lang@${A}@${A}`, undefined],
  ])("%s", (use, ref) => {
    expect(parseFunctionUse(use)).toEqual(ref);
    if (ref !== undefined) expect(functionUse(ref)).toBe(use);
  });
});

describe("a split between versions", () => {
  it.each([
    [{}, "at least one"],
    [{ [A]: 95, [B]: 4 }, "total 99"],
    [{ [A]: -5, [B]: 105 }, "percentage"],
    [{ [A]: NaN, [B]: 100 }, "percentage"],
    [{ x: 100 }, "no version"],
  ])("is refused: %j", (split, says) => {
    expect(splitProblem(split)).toContain(says);
  });

  it("may have shares that are no whole numbers", () => {
    expect(splitProblem({ [A]: 99.9, [B]: 0.1 })).toBeUndefined();
  });

  it("gives each version its share of many keys, and a key the same each time", () => {
    const split = { [A]: 95, [B]: 5 };
    const keys = Array.from({ length: 20_000 }, (_, n) => `orders/${n}/0`);
    const share = keys.filter((key) => versionOf(split, key) === B).length / keys.length;
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
    for (const key of keys.slice(0, 100))
      expect(versionOf({ [B]: 5, [A]: 95 }, key)).toBe(versionOf(split, key));
  });

  it("gives nothing to a version without a share", () => {
    const versions = new Set(
      Array.from({ length: 1_000 }, (_, n) => versionOf({ [A]: 0, [B]: 100 }, String(n))),
    );
    expect(versions).toEqual(new Set([B]));
  });
});

describe("a version", () => {
  const modules = { "index.js": "export {}", "a.js": "1" };
  it("is the same for the same modules in any order, and another for any other code, path or main", async () => {
    const version = await versionHash({ main: "index.js", modules });
    expect(version).toMatch(/^[0-9a-f]{16}$/);
    expect(await versionHash({ main: "index.js", modules: { "a.js": "1", "index.js": "export {}" } })).toBe(
      version,
    );
    const others = [
      { main: "a.js", modules },
      { main: "index.js", modules: { ...modules, "a.js": "2" } },
      { main: "index.js", modules: { "index.js": "export {}", "b.js": "1" } },
      { main: "index.js", modules: { "index.js": "export {}a.js", "": "1" } },
    ];
    for (const other of others) expect(await versionHash(other)).not.toBe(version);
  });
});
