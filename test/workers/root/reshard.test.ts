import { describe, expect, it, vi } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

const PATH = "http://umbel.test/v1/collections";

async function request(path: string, method = "GET", body?: unknown): Promise<Response> {
  return exports.default.fetch(`${PATH}/${path}`, {
    method,
    headers: { authorization: "Bearer test-key" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function call(path: string, method = "GET", body?: unknown): Promise<Answer> {
  const response = await request(path, method, body);
  const text = await response.text();
  const { status, headers } = response;
  // Documents, answers and problems are all objects.
  return { status, headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const DOCUMENTS = Array.from({ length: 300 }, (_, n) => ({
  id: `d${n}`,
  title: `film ${n % 9} of ${n % 7}`,
  year: n,
}));

async function declare(name: string, shards = 4): Promise<void> {
  await call(name, "PUT", {
    shards,
    fields: { title: { type: "text" }, year: { type: "number" } },
  });
  await call(`${name}/documents`, "POST", DOCUMENTS);
}

async function reshard(name: string, shards: number): Promise<void> {
  expect(await call(`${name}/reshard`, "POST", { shards })).toMatchObject({ status: 202 });
  await vi.waitFor(
    async () => expect((await call(`${name}/reshard`)).body).toMatchObject({ running: false }),
    {
      timeout: 50_000,
      interval: 10,
    },
  );
}

/** Begins to read an export. What is returned reads it to its end. */
async function openExport(name: string): Promise<() => Promise<{ id: string }[]>> {
  const stream = (await request(`${name}/export`)).body;
  if (stream === null) throw new Error("an export has a body");
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  return async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) text += chunk.value;
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { id: string }); // exported documents
  };
}

describe("POST /v1/collections/{c}/reshard", () => {
  it("changes the number of shards; watched by GET, and told with the collection", async () => {
    await declare("films");
    const begun = await call("films/reshard", "POST", { shards: 6 });
    expect(begun).toMatchObject({ status: 202, body: { from: 4, to: 6, step: "copy", running: true } });
    await vi.waitFor(
      async () => expect((await call("films/reshard")).body).toMatchObject({ running: false }),
      { timeout: 50_000 },
    );
    const { body } = await call("films");

    expect(body).toMatchObject({ shards: 6, reshard: { from: 4, to: 6, step: "done", paused: false } });
    expect(body["stats"]).toMatchObject({ documents: 300 });
    expect((await call("films", "PUT", { shards: 6, fields: body["fields"] })).status).toBe(200);
    for (const command of ["pause", "resume", "undo"]) {
      expect(await call(`films/reshard/${command}`, "POST")).toMatchObject({
        status: 409,
        body: {
          detail: `The resharding to 6 shards has been handed over: there is nothing to ${command}.`,
        },
      });
    }
  });

  it("leaves searches, cursors, ETags, bookmarks and exports as they were", async () => {
    await declare("films", 7);
    const written = await call("films/documents/d1", "PUT", { title: "Jaws", year: 1975 });
    const bookmark = String(written.body["bookmark"]);
    const query = { q: "film 3 of 5", limit: 7 };
    const first = (await call("films/search", "POST", query)).body;
    const second = (await call("films/search", "POST", { ...query, cursor: first["cursor"] })).body;
    const all = { limit: 0, aggregations: { sum: { sum: "year" } } };
    const { aggregations } = (await call("films/search", "POST", all)).body;
    const exported = await openExport("films");
    await reshard("films", 3);

    expect((await call("films/search", "POST", query)).body["hits"]).toEqual(first["hits"]);
    const next = await call("films/search", "POST", { ...query, cursor: first["cursor"] });
    expect(next.body["hits"]).toEqual(second["hits"]);
    expect((await call("films/search", "POST", all)).body).toMatchObject({
      aggregations,
      total: { count: 300, exact: true },
      leaves: { total: 3, answered: 3 },
    });
    const read = await call(`films/documents/d1?bookmark=${bookmark}`);
    expect(read).toMatchObject({ status: 200, body: { title: "Jaws" } });
    expect(read.headers.get("etag")).toBe(written.headers.get("etag"));
    const newer = (await call("films/documents/d1", "PUT", { title: "Alien" })).body["bookmark"];
    expect((await call(`films/documents/d1?bookmark=${String(newer)}`)).body).toMatchObject({
      title: "Alien",
    });
    const ids = (await exported()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(DOCUMENTS.map(({ id }) => id).toSorted());
  });

  it("is refused while another one runs, for the same number, and for replicas that change meanwhile", async () => {
    await declare("films");
    expect(await call("films/reshard/undo", "POST")).toMatchObject({
      status: 409,
      body: { detail: '"films" is not being resharded.' },
    });
    expect(await call("films/reshard", "POST", { shards: 4 })).toMatchObject({
      status: 409,
      body: { code: "conflict", detail: '"films" has 4 shards already.' },
    });
    await call("films/reshard", "POST", { shards: 5 });
    expect(await call("films/reshard/pause", "POST")).toMatchObject({ status: 200, body: { paused: true } });
    expect(await call("films/reshard", "POST", { shards: 6 })).toMatchObject({
      status: 409,
      body: { detail: '"films" is being resharded to 5 shards; wait for that, or undo it.' },
    });
    const { body } = await call("films");
    expect(await call("films", "PUT", { shards: 4, replicas: 2, fields: body["fields"] })).toMatchObject({
      status: 409,
    });
    expect(await call("films/reshard/resume", "POST")).toMatchObject({
      status: 200,
      body: { paused: false },
    });
    expect(await call("films/reshard/undo", "POST")).toMatchObject({ status: 200, body: { step: "undo" } });
    await expect
      .poll(async () => (await call("films/reshard")).body)
      .toMatchObject({ step: "undone", running: false });
    expect((await call("films")).body).toMatchObject({ shards: 4, stats: { documents: 300 } });
  });

  it("of a collection that is deleted in the middle leaves nothing to purge", async () => {
    await declare("films");
    await call("films/reshard", "POST", { shards: 5 });
    expect((await call("films", "DELETE")).status).toBe(204);

    expect(await env.CATALOG.listPurges()).toEqual([]);
    expect(await env.CATALOG.listReshards()).toEqual([]);
    expect((await call("films/reshard")).status).toBe(404);
  });
});
