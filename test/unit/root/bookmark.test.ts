import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeToken } from "../../../root-worker/base64url.ts";
import { decodeBookmark, encodeBookmark } from "../../../root-worker/bookmark.ts";

/** The code of the problem that it throws. */
function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "nothing thrown";
}

describe("a bookmark", () => {
  it("says which sequence each shard had reached", () => {
    const sequences = fc.array(fc.tuple(fc.nat({ max: 185 }), fc.nat())).map((entries) => new Map(entries));
    fc.assert(
      fc.property(sequences, (reached) => {
        const text = encodeBookmark({ collection: "c1", sequences: reached });
        expect(decodeBookmark(text, "c1")).toEqual({ collection: "c1", sequences: reached });
      }),
    );
  });

  it("is of one collection, and of no other, also one that was made again under its name", () => {
    const text = encodeBookmark({ collection: "c1", sequences: new Map() });

    expect(codeOf(() => decodeBookmark(text, "c2"))).toBe("invalid-bookmark");
  });

  it.each([
    ["no token", "!"],
    ["empty", ""],
    ["something else", encodeToken(null)],
    ["without sequences", encodeToken({ c: "c1" })],
    ["with more than that", encodeToken({ c: "c1", s: [], x: 1 })],
    ["of a negative shard", encodeToken({ c: "c1", s: [[-1, 0]] })],
    ["of half a sequence", encodeToken({ c: "c1", s: [[0, 0.5]] })],
    ["of text", encodeToken({ c: "c1", s: [["0", 1]] })],
  ])("is none that is %s", (_, text) => {
    expect(codeOf(() => decodeBookmark(text, "c1"))).toBe("invalid-bookmark");
  });
});
