import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken } from "../../../root-worker/base64url.ts";
import { decodeBookmark, encodeBookmark } from "../../../root-worker/bookmark.ts";

const refused = expect.objectContaining({ code: "invalid-bookmark" });
const bookmark = {
  collection: "c1",
  epoch: 3,
  sequences: new Map([
    [0, 7],
    [5, 1],
  ]),
};
const encoded = () => encodeBookmark(bookmark, "secret");

describe("a bookmark", () => {
  it("says of which collection it is, and which sequence each shard had reached", async () => {
    const sequences = fc.array(fc.tuple(fc.nat({ max: 185 }), fc.nat())).map((entries) => new Map(entries));
    await fc.assert(
      fc.asyncProperty(sequences, fc.nat(), async (reached, epoch) => {
        const text = await encodeBookmark({ collection: "c1", epoch, sequences: reached }, "secret");
        expect(text).toMatch(/^[\w-]+$/);
        expect(await decodeBookmark(text, "secret")).toEqual({ collection: "c1", epoch, sequences: reached });
      }),
    );
  });

  it("is refused when anything in it was changed, and by another deployment", async () => {
    const content = decodeToken(await encoded()) as Record<string, unknown>; // made above
    const changed = [
      { ...content, c: "c2" },
      { ...content, e: 4 },
      { ...content, s: [[0, 8]] },
      { ...content, mac: "" },
      { ...content, mac: "0".repeat(32) },
    ];
    for (const forged of changed) {
      await expect(decodeBookmark(encodeToken(forged), "secret")).rejects.toEqual(refused);
    }
    await expect(decodeBookmark(await encoded(), "other")).rejects.toEqual(refused);
  });

  it.each([
    ["no token", "!"],
    ["empty", ""],
    ["something else", encodeToken(null)],
    ["without sequences", encodeToken({ c: "c1", e: 1, mac: "x" })],
    ["without a signature", encodeToken({ c: "c1", e: 1, s: [] })],
    ["with more than that", encodeToken({ c: "c1", e: 1, s: [], mac: "x", x: 1 })],
    ["of a negative shard", encodeToken({ c: "c1", e: 1, s: [[-1, 0]], mac: "x" })],
    ["of half a sequence", encodeToken({ c: "c1", e: 1, s: [[0, 0.5]], mac: "x" })],
    ["of text", encodeToken({ c: "c1", e: 1, s: [["0", 1]], mac: "x" })],
  ])("is none that is %s", async (_, text) => {
    await expect(decodeBookmark(text, "secret")).rejects.toEqual(refused);
  });
});
