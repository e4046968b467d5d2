import { describe, expect, it, vi } from "vitest";
import { encodeBookmark } from "../../../root-worker/bookmark.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function call(path: string, method = "GET", body?: unknown): Promise<Answer> {
  const response = await exports.default.fetch(`http://umbel.test/v1/collections/${path}`, {
    method,
    headers: { authorization: "Bearer test-key" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status, headers } = response;
  // Documents, answers and problems are all objects.
  return { status, headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const declare = async (name: string, replicas: number) =>
  call(name, "PUT", { shards: 2, replicas, fields: { title: { type: "text" } } });

async function statesOf(name: string): Promise<unknown> {
  const { body } = await call(name);
  const { shards } = body["stats"] as { shards: { replicas: { state: string }[] }[] }; // as /openapi.json says
  return shards.map(({ replicas }) => replicas.map(({ state }) => state));
}

describe("a collection with replicas", () => {
  it("is declared, and says of each of them how it is", async () => {
    expect(await declare("films", 3)).toMatchObject({ status: 201, body: { replicas: 3 } });
    await call("films/documents", "POST", [{ id: "1" }, { id: "2" }, { id: "3" }]);
    const current = ["current", "current", "current"];
    await vi.waitFor(async () => expect(await statesOf("films")).toEqual([current, current]), {
      timeout: 50_000,
    });
  });

  it("may be declared with fewer and with more of them", async () => {
    await declare("films", 3);
    await call("films/documents/1", "PUT", { title: "Jaws" });
    expect(await declare("films", 1)).toMatchObject({ status: 200, body: { replicas: 1 } });
    expect(await env.CATALOG.listPurges()).toEqual([]);
    expect(await declare("films", 2)).toMatchObject({ status: 200, body: { replicas: 2 } });
    const current = ["current", "current"];
    await vi.waitFor(async () => expect(await statesOf("films")).toEqual([current, current]), {
      timeout: 50_000,
    });
    expect((await call("films/documents/1")).body).toEqual({ id: "1", title: "Jaws" });
  });

  it.each([0, 6, 1.5, "2"])("can't have %j", async (replicas) => {
    const answer = await call("films", "PUT", { replicas, fields: {} });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: "replicas" }] } });
  });
});

describe("a bookmark", () => {
  it("comes with every write, and a read that carries it sees that write", async () => {
    await declare("films", 2);
    const put = await call("films/documents/1", "PUT", { title: "Jaws" });
    const bulk = await call("films/documents", "POST", [{ id: "2", title: "Jaws 2" }]);
    const patched = await call("films/documents/1", "PATCH", { year: 1975 });
    for (const { body } of [put, bulk, patched]) {
      const bookmark = String(body["bookmark"]);
      expect(await call(`films/documents/1?bookmark=${bookmark}`)).toMatchObject({ status: 200 });
      expect(await call("films/search", "POST", { q: "jaws", bookmark })).toMatchObject({
        status: 200,
        body: { total: { count: 2 } },
      });
    }
    const removed = await call("films/documents/1", "DELETE");
    const bookmark = String(removed.headers.get("umbel-bookmark"));
    expect(await call(`films/documents/1?bookmark=${bookmark}`)).toMatchObject({ status: 404 });
  });

  it("outlives a change of the collection", async () => {
    await declare("films", 1);
    const { body } = await call("films/documents/1", "PUT", {});
    await declare("films", 2);
    const bookmark = String(body["bookmark"]);
    expect(await call(`films/documents/1?bookmark=${bookmark}`)).toMatchObject({ status: 200 });
  });

  it("that is none, was changed, is of another collection or of the future is a 400 that says so", async () => {
    await declare("films", 2);
    await declare("books", 1);
    const { body } = await call("films/documents/1", "PUT", {});
    const own = String(body["bookmark"]);
    const { body: other } = await call("books/documents/1", "PUT", {});
    const { id: collection = "", epoch = 0 } = (await env.CATALOG.getCollection("films")) ?? {};
    const future = (sequence: number, at: number) =>
      encodeBookmark(
        {
          collection,
          epoch: at,
          sequences: new Map([
            [0, sequence],
            [1, sequence],
          ]),
        },
        "test-key",
      );
    const wrong: [string, RegExp][] = [
      ["zzz", /not a bookmark/],
      ["", /not a bookmark/],
      [`${own.slice(0, 12)}${own[12] === "A" ? "B" : "A"}${own.slice(13)}`, /not a bookmark|changed/],
      [String(other["bookmark"]), /another collection/],
      [await future(99, epoch), /future/],
      [await future(0, epoch + 1), /future/],
    ];
    for (const [bookmark, detail] of wrong) {
      const refused = {
        status: 400,
        body: { code: "invalid-bookmark", detail: expect.stringMatching(detail) },
      };
      expect(await call(`films/documents/1?bookmark=${bookmark}`)).toMatchObject(refused);
      expect(await call("films/search", "POST", { bookmark })).toMatchObject(refused);
      expect(await call("films/search", "POST", { bookmark, partial: "allow" })).toMatchObject(refused);
    }
  });

  it("of a collection that was made again under its name is of another", async () => {
    await declare("films", 1);
    const { body } = await call("films/documents/1", "PUT", {});
    await call("films", "DELETE");
    await declare("films", 1);
    expect(await call(`films/documents/1?bookmark=${String(body["bookmark"])}`)).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/another collection/) },
    });
  });
});
