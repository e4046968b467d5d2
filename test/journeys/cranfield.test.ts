import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

const FOLDER = new URL("../cranfield/", import.meta.url);
const SHARDS = [1, 4, 16];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  for (const shards of SHARDS) {
    const declared = await platform.json("PUT", `/v1/collections/cranfield-${shards}`, {
      shards,
      fields: {
        title: { type: "text", language: "english" },
        text: { type: "text", language: "english" },
        author: { type: "text" },
      },
    });
    expect(declared.status).toBe(201);
    const loaded = await platform.fetch(`/v1/collections/cranfield-${shards}/documents`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: readFileSync(new URL("corpus.jsonl", FOLDER), "utf8"),
    });
    expect(await loaded.json()).toMatchObject({ written: 1400, failed: 0 });
  }
});

describe("the Cranfield queries", () => {
  const queries = readFileSync(new URL("queries.jsonl", FOLDER), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { text: string }); // the file is ours

  async function hits(shards: number, request: object): Promise<{ id: string; score: number }[]> {
    const { status, body } = await platform.json<SearchAnswer>(
      "POST",
      `/v1/collections/cranfield-${shards}/search`,
      { limit: 50, select: ["title"], ...request },
    );
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.leaves).toMatchObject({ total: shards, answered: shards });
    return body.hits.map(({ id, score }) => ({ id, score }));
  }

  it("are all 225", () => {
    expect(queries).toHaveLength(225);
  });

  it(
    "have the same hits and scores from 1, 4 and 16 shards, sorted by id",
    { timeout: 240_000 },
    async () => {
      for (const { text } of queries) {
        const [one, four, sixteen] = await Promise.all(
          SHARDS.map((shards) => hits(shards, { q: text, sort: ["id"], limit: 1000 })),
        );
        expect(one?.length).toBeGreaterThan(0);
        expect(four).toEqual(one);
        expect(sixteen).toEqual(one);
      }
    },
  );

  it("have the same ranking from 1, 4 and 16 shards", { timeout: 240_000 }, async () => {
    for (const { text } of queries.filter((_, index) => index % 5 === 0)) {
      const [one, four, sixteen] = await Promise.all(SHARDS.map((shards) => hits(shards, { q: text })));
      expect(four).toEqual(one);
      expect(sixteen).toEqual(one);
    }
  });
});
