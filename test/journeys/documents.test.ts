import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

const BOOKS = "/v1/collections/books";

beforeAll(async () => {
  platform = await startPlatform();
  const declared = await platform.json("PUT", BOOKS, {
    shards: 3,
    fields: {
      title: { type: "text" },
      year: { type: "number" },
      tags: { type: "keyword" },
      read: { type: "boolean" },
    },
  });
  expect(declared.status).toBe(201);
});

async function ndjson(body: BodyInit): Promise<{ status: number; body: unknown }> {
  const response = await platform.fetch(`${BOOKS}/documents`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  return { status: response.status, body: await response.json() };
}

describe("a document", () => {
  it("is made, read, replaced, patched and deleted", async () => {
    const path = `${BOOKS}/documents/emma`;
    const made = await platform.json("PUT", path, { title: "Emma", year: 1815 });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ id: "emma", bookmark: expect.any(String), tookMs: expect.any(Number) });

    const read = await platform.json("GET", path);
    expect(read.body).toEqual({ id: "emma", title: "Emma", year: 1815 });
    expect(read.headers.get("etag")).toBe(made.headers.get("etag"));

    expect((await platform.json("PUT", path, { id: "emma", title: "Emma", year: 1816 })).status).toBe(200);
    const patched = await platform.json("PATCH", path, {
      year: null,
      tags: ["novel"],
      author: { name: "Austen" },
    });
    expect(patched.status).toBe(200);
    expect((await platform.json("GET", path)).body).toEqual({
      id: "emma",
      title: "Emma",
      tags: ["novel"],
      author: { name: "Austen" },
    });

    expect((await platform.fetch(path, { method: "DELETE" })).status).toBe(204);
    expect((await platform.json("GET", path)).body).toMatchObject({ code: "unknown-document", status: 404 });
    expect((await platform.json("DELETE", path)).status).toBe(404);
    expect((await platform.json("PATCH", path, { year: 1 })).status).toBe(404);
  });

  it("changes only for whoever knows its version, where that is asked for", async () => {
    const path = `${BOOKS}/documents/persuasion`;
    const first = await platform.json("PUT", path, { title: "Persuasion" }, { "if-none-match": "*" });
    expect(first.status).toBe(201);
    const etag = first.headers.get("etag") ?? "";
    expect((await platform.json("PUT", path, { title: "Again" }, { "if-none-match": "*" })).status).toBe(412);
    expect((await platform.json("PATCH", path, { year: 1817 }, { "if-match": etag })).status).toBe(200);
    for (const [method, body] of [
      ["PUT", { title: "x" }],
      ["PATCH", { year: 1 }],
      ["DELETE", undefined],
    ] as const) {
      const stale = await platform.json(method, path, body, { "if-match": etag });
      expect(stale.status).toBe(412);
      expect(stale.body).toMatchObject({ code: "precondition-failed" });
    }
    expect((await platform.json("GET", path)).body).toEqual({
      id: "persuasion",
      title: "Persuasion",
      year: 1817,
    });
    expect((await platform.json("PUT", `${BOOKS}/documents/absent`, {}, { "if-match": "*" })).status).toBe(
      412,
    );
    const current = (await platform.json("GET", path)).headers.get("etag") ?? "";
    const either = { "if-match": `${etag}, ${current}` };
    expect((await platform.json("PATCH", path, { year: 1818 }, either)).status).toBe(200);
    expect((await platform.json("PATCH", path, { year: 1819 }, either)).status).toBe(412);
  });

  it("may be named by anything that is text, also by what means something in a path", async () => {
    for (const id of ["a/b", "ü ber", "100%", "?x=1#y", "日本", "a+b", "%2F"]) {
      const path = `${BOOKS}/documents/${encodeURIComponent(id)}`;
      expect((await platform.json("PUT", path, { title: "odd" })).status, id).toBe(201);
      expect((await platform.json("GET", path)).body, id).toEqual({ id, title: "odd" });
      expect((await platform.json("DELETE", path)).status, id).toBe(204);
    }
  });

  it("is searchable from the moment that its write is answered, and not after its deletion is", async () => {
    const find = async (q: string) =>
      (await platform.json<{ total: { count: number } }>("POST", `${BOOKS}/search`, { q })).body.total.count;
    const path = `${BOOKS}/documents/middlemarch`;
    await platform.json("PUT", path, { title: "Middlemarch" });
    expect(await find("middlemarch")).toBe(1);
    await platform.json("PATCH", path, { title: "Silas Marner" });
    expect([await find("middlemarch"), await find("marner")]).toEqual([0, 1]);
    await platform.json("DELETE", path);
    expect(await find("marner")).toBe(0);
  });
});

describe("a bulk write", () => {
  it("writes the good and names the bad by their line", async () => {
    const lines = [
      '{"id":"b1","title":"one","year":1}',
      "not json",
      "",
      '{"id":"b2","title":"two","year":"two"}',
      '{"title":"without an id"}',
      "[1,2]",
      '{"id":7,"title":"a number for an id"}',
      `{"id":"b3","title":"${"x".repeat(1024 * 1024)}"}`,
      '{"id":"b1","title":"one again"}',
    ];
    const { status, body } = await ndjson(lines.join("\n"));
    expect(status).toBe(200);
    expect(body).toEqual({
      written: 3,
      failed: 5,
      failures: [
        { line: 2, code: "invalid-json", message: expect.any(String) },
        { line: 4, id: "b2", code: "invalid-document", message: "year: must be a number" },
        { line: 6, code: "invalid-document", message: expect.any(String) },
        { line: 7, code: "invalid-id", message: expect.any(String) },
        { line: 8, id: "b3", code: "document-too-large", message: expect.any(String) },
      ],
      bookmark: expect.any(String),
      tookMs: expect.any(Number),
    });
    expect((await platform.json("GET", `${BOOKS}/documents/b1`)).body).toEqual({
      id: "b1",
      title: "one again",
    });
    expect((await platform.json("GET", `${BOOKS}/documents/b2`)).status).toBe(404);
  });

  it("takes one object, or an array, as JSON", async () => {
    expect(
      (await platform.json("POST", `${BOOKS}/documents`, { id: "j1", title: "object" })).body,
    ).toMatchObject({
      written: 1,
    });
    const array = [{ id: "j2", title: "array" }, 5, { id: "j3", tags: [1] }];
    expect((await platform.json("POST", `${BOOKS}/documents`, array)).body).toMatchObject({
      written: 1,
      failed: 2,
      failures: [
        { line: 2, code: "invalid-document" },
        { line: 3, id: "j3", code: "invalid-document" },
      ],
    });
  });

  it("of a stream that breaks off in the middle of a line has written the lines before", async () => {
    const { body } = await ndjson(
      '{"id":"cut1","title":"whole"}\n{"id":"cut2","title":"whole"}\n{"id":"cut3","ti',
    );
    expect(body).toMatchObject({ written: 2, failed: 1, failures: [{ line: 3, code: "invalid-json" }] });
  });

  it("over the limit is cut off, and says how much was written before", { timeout: 60_000 }, async () => {
    const line = `{"title":"${"y".repeat(900 * 1024)}"}\n`;
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 120) controller.close();
        else controller.enqueue(new TextEncoder().encode(line));
      },
    });
    await platform.json("PUT", "/v1/collections/big", { shards: 2, fields: {} });
    const response = await platform.fetch("/v1/collections/big/documents", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: stream,
      duplex: "half",
    } as RequestInit); // `duplex` is in the Fetch standard and not yet in the types
    const body = (await response.json()) as { written: number };
    expect(response.status).toBe(413);
    expect(body).toMatchObject({ code: "too-large", failed: 0 });
    expect(body.written).toBeGreaterThan(100);
    const stats = await platform.json<{ stats: { documents: number } }>("GET", "/v1/collections/big");
    expect(stats.body.stats.documents).toBe(body.written);
    expect((await platform.fetch("/v1/collections/big", { method: "DELETE" })).status).toBe(204);
  });
});

describe("an export", () => {
  it("is every document, once, and can be written back", { timeout: 30_000 }, async () => {
    await platform.json("PUT", "/v1/collections/source", { shards: 5, fields: { n: { type: "number" } } });
    await platform.json("PUT", "/v1/collections/target", { shards: 2, fields: { n: { type: "number" } } });
    const documents = Array.from({ length: 3_000 }, (_, n) => ({
      id: `doc-${n}`,
      n,
      padding: "z".repeat(1_500),
    }));
    const body = documents.map((document) => JSON.stringify(document)).join("\n");
    const headers = { "content-type": "application/x-ndjson" };
    await platform.fetch("/v1/collections/source/documents", { method: "POST", headers, body });

    const exported = await platform.fetch("/v1/collections/source/export");
    expect(exported.headers.get("content-type")).toBe("application/x-ndjson");
    const text = await exported.text();
    const ids = text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids.toSorted()).toEqual(documents.map(({ id }) => id).toSorted());

    const copied = await platform.fetch("/v1/collections/target/documents", {
      method: "POST",
      headers,
      body: text,
    });
    expect(await copied.json()).toMatchObject({ written: 3_000, failed: 0 });
    const some = await platform.json("GET", "/v1/collections/target/documents/doc-1234");
    expect(some.body).toEqual(documents[1234]);
  });
});

describe("a collection", () => {
  it("is declared again without harm, takes new fields, and refuses what would need its documents moved", async () => {
    const path = "/v1/collections/changing";
    const fields = { title: { type: "text" } };
    expect((await platform.json("PUT", path, { shards: 2, fields })).status).toBe(201);
    expect((await platform.json("PUT", path, { shards: 2, fields })).status).toBe(200);
    await platform.json("PUT", `${path}/documents/1`, { title: "one", body: "hidden words", year: 7 });
    const search = async () =>
      (await platform.json<{ total: { count: number } }>("POST", `${path}/search`, { q: "hidden" })).body
        .total.count;
    expect(await search()).toBe(0);

    const more = { ...fields, body: { type: "text" }, year: { type: "number" } };
    expect((await platform.json("PUT", path, { shards: 2, fields: more })).status).toBe(200);
    expect(await search()).toBe(1);
    expect((await platform.json("PUT", `${path}/documents/2`, { year: "x" })).status).toBe(400);

    for (const declaration of [
      { shards: 3, fields: more },
      { shards: 2, fields },
      { shards: 2, fields: { ...more, year: { type: "keyword" } } },
    ]) {
      const refused = await platform.json("PUT", path, declaration);
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ code: "conflict" });
    }
  });

  it("that is deleted is gone with its documents, also when it is made again under its name", async () => {
    const path = "/v1/collections/passing";
    const declaration = { shards: 2, fields: { title: { type: "text" } } };
    await platform.json("PUT", path, declaration);
    await platform.json("PUT", `${path}/documents/1`, { title: "one" });
    expect((await platform.fetch(path, { method: "DELETE" })).status).toBe(204);
    for (const [method, suffix, body] of [
      ["GET", "", undefined],
      ["DELETE", "", undefined],
      ["GET", "/documents/1", undefined],
      ["PUT", "/documents/1", { title: "one" }],
      ["POST", "/documents", [{ title: "one" }]],
      ["POST", "/search", { q: "one" }],
      ["GET", "/export", undefined],
    ] as const) {
      const answer = await platform.json(method, path + suffix, body);
      expect(answer.status, `${method} ${suffix}`).toBe(404);
      expect(answer.body).toMatchObject({ code: "unknown-collection" });
    }
    expect((await platform.json("PUT", path, declaration)).status).toBe(201);
    expect((await platform.json("GET", path)).body).toMatchObject({ stats: { documents: 0 } });
    expect((await platform.json("GET", `${path}/documents/1`)).status).toBe(404);
  });
});
