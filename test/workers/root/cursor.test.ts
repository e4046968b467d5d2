import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken } from "../../../root-worker/base64url.ts";
import { decodeCursor, encodeCursor } from "../../../root-worker/query/cursor.ts";
import { SearchRequest } from "../../../root-worker/query/request.ts";
import { collectionOf } from "../../unit/collection-of.ts";

const films = collectionOf();
const search = SearchRequest.parse({ q: "jaws", sort: ["-year"], filter: "year > 1" });
const place = { sort: [1975.5, "é\ud800", null, true], id: "日本/1" };

const encoded = () => encodeCursor(place, search, films, "secret");
const refused = expect.objectContaining({ code: "invalid-cursor" });

describe("a cursor", () => {
  it("gives back its place to the search that it is of", async () => {
    const cursor = await encoded();

    expect(cursor).toMatch(/^[\w-]+$/);
    expect(await decodeCursor(cursor, search, films, "secret")).toEqual(place);
  });

  it("carries what its page was ranked by, and guards it like the rest", async () => {
    const ranked = { ...place, ranking: [3201, 3200, 9000.5, 7] };
    const cursor = await encodeCursor(ranked, search, films, "secret");

    expect(await decodeCursor(cursor, search, films, "secret")).toEqual(ranked);
    const content = decodeToken(cursor) as Record<string, unknown>; // made above
    const forged = encodeToken({ ...content, ranking: [1, 1, 1, 1] });
    await expect(decodeCursor(forged, search, films, "secret")).rejects.toEqual(refused);
  });

  it.each<[string, object]>([
    ["limit", { limit: 100 }],
    ["facets", { facets: ["genre"] }],
    ["what is selected", { select: ["title"] }],
    ["the deadline", { deadlineMs: 1 }],
  ])("does not mind another value of %s", async (_, difference) => {
    expect(await decodeCursor(await encoded(), { ...search, ...difference }, films, "secret")).toEqual(place);
  });

  it.each<[string, object]>([
    ["q", { q: "alien" }],
    ["operator", { operator: "and" }],
    ["fields", { fields: ["title"] }],
    ["filter", { filter: "year > 2" }],
    ["sort", { sort: ["year"] }],
  ])("is of no search with another %s", async (_, difference) => {
    await expect(
      decodeCursor(await encoded(), { ...search, ...difference }, films, "secret"),
    ).rejects.toEqual(refused);
  });

  it("is of no other collection, and of no other deployment", async () => {
    const cursor = await encoded();

    await expect(decodeCursor(cursor, search, collectionOf({ id: "other" }), "secret")).rejects.toEqual(
      refused,
    );
    await expect(decodeCursor(cursor, search, films, "other")).rejects.toEqual(refused);
  });

  it("is refused when anything in it was changed", async () => {
    const content = decodeToken(await encoded()) as Record<string, unknown>; // made above
    const changed = [
      { ...content, id: "1" },
      { ...content, sort: [] },
      { ...content, mac: "" },
      { ...content, mac: "0".repeat(32) },
      { ...content, more: 1 },
      { sort: content["sort"], id: content["id"], of: content["of"] },
    ];

    for (const forged of changed) {
      await expect(decodeCursor(encodeToken(forged), search, films, "secret")).rejects.toEqual(refused);
    }
  });

  it.each(["", "!", "abc", encodeToken(null), encodeToken([]), encodeToken({})])(
    "is not %j",
    async (text) => {
      await expect(decodeCursor(text, search, films, "secret")).rejects.toEqual(refused);
    },
  );
});
