import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VersionCondition } from "../../../../core/contracts/documents.ts";
import { etagOf, versionCondition } from "../../../../root-worker/documents/etag.ts";
import { Problem } from "../../../../root-worker/problem.ts";

const versions = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe("an entity tag", () => {
  it("is a strong one, of quoted characters that need no escaping", () => {
    fc.assert(
      fc.property(versions, (version) => {
        expect(etagOf(version)).toMatch(/^"[0-9a-z]+"$/);
      }),
    );
  });

  it("as If-Match is the condition that the document has its version", () => {
    fc.assert(
      fc.property(versions, (version) => {
        expect(versionCondition(etagOf(version), undefined)).toBe(version);
      }),
    );
  });
});

describe("a write's condition", () => {
  it.each<[string | undefined, string | undefined, VersionCondition | undefined]>([
    [undefined, undefined, undefined],
    ["*", undefined, "*"],
    [" * ", undefined, "*"],
    [' "zz" ', undefined, 35 * 36 + 35],
    ['"zz", "1"', undefined, [35 * 36 + 35, 1]],
    ['"zz" ,W/"1","a,b"', undefined, [35 * 36 + 35, -1, -1, -1]],
    [undefined, "*", 0],
    [undefined, " * ", 0],
  ])("of If-Match %j and If-None-Match %j is %j", (ifMatch, ifNoneMatch, condition) => {
    expect(versionCondition(ifMatch, ifNoneMatch)).toEqual(condition);
  });

  it.each(["", '""', "zz", 'W/"zz"', '"ZZ"', '"z z"', '"0"', `"${"z".repeat(50)}"`, '"-1"'])(
    "of If-Match %j, which was never given, is one that no document meets",
    (tag) => {
      expect(versionCondition(tag, undefined)).toBe(-1);
    },
  );

  it.each([
    [undefined, '"zz"'],
    ["*", "*"],
    ['"zz"', "*"],
  ])("can't be If-Match %j with If-None-Match %j", (ifMatch, ifNoneMatch) => {
    expect(() => versionCondition(ifMatch, ifNoneMatch)).toThrow(Problem);
  });
});
