import { describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Large enough that half a dozen fill a leaf's live segment, and a segment is written. */
const PADDING = "x".repeat(900_000);

async function declare(platform: Platform, name: string): Promise<void> {
  await platform.json("PUT", `/v1/collections/${name}`, { shards: 2, fields: { plain: { type: "text" } } });
}

async function write(platform: Platform, name: string, documents: object[]): Promise<void> {
  const lines = documents.map((document) => JSON.stringify({ plain: "word", ...document }));
  const { status } = await platform.fetch(`/v1/collections/${name}/documents`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  expect(status).toBe(200);
}

describe("a leaf with a segment whose checksum is wrong", () => {
  it("is said to be corrupt, with the segment's name, while all others answer", async () => {
    const persistTo = await temporaryFolder();
    let platform = await startPlatform({ persistTo });
    await declare(platform, "frail");
    await declare(platform, "sound");
    await write(
      platform,
      "frail",
      Array.from({ length: 14 }, (_, n) => ({ id: String(n), padding: PADDING })),
    );
    await write(platform, "sound", [{ id: "1" }]);
    const catalog = { worker: "catalog", className: "Catalog", name: "catalog" };
    const [row] = await platform.sql(catalog, "SELECT id FROM collections WHERE name = ?", "frail");
    const { id } = row as { id: string }; // as it is selected
    const damaged = await platform.sql(
      { worker: "documents", className: "Leaf", name: `${id}/0/0` },
      // Rows of segments: neither the manifest nor the log.
      "UPDATE segment_rows SET data = zeroblob(length(data)) WHERE key >= 4096 AND key < 1125899906842624 RETURNING key",
    );
    expect(damaged.length).toBeGreaterThan(0);
    await platform.stop();
    platform = await startPlatform({ persistTo });

    const strict = await platform.json("POST", "/v1/collections/frail/search", { q: "word" });
    expect(strict.status).toBe(503);
    expect(strict.body).toMatchObject({ code: "shards-unavailable" });
    const allowed = { q: "word", partial: "allow", limit: 100 };
    const { status, body } = await platform.json<SearchAnswer>(
      "POST",
      "/v1/collections/frail/search",
      allowed,
    );
    expect(status).toBe(200);
    expect(body.leaves).toMatchObject({
      total: 2,
      answered: 1,
      failed: [{ shard: 0, code: "corrupt", detail: expect.stringMatching(/segment \d+/) }],
    });
    expect(body.hits.length).toBeGreaterThan(0);
    const other = await platform.json<SearchAnswer>("POST", "/v1/collections/sound/search", { q: "word" });
    expect(other.body.total).toEqual({ count: 1, exact: true });
    expect(platform.errors.filter((message) => !message.includes("leaf-corrupt"))).toEqual([]);
  });
});
