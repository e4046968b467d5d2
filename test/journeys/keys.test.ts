import { beforeAll, describe, expect, it } from "vitest";
import { httpClient, type HttpClient } from "../support/http-client.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

interface NewKey {
  id: string;
  key: string;
  expiresAt?: string;
}

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  for (const name of ["films", "books"]) {
    await platform.json("PUT", `/v1/collections/${name}`, { shards: 1, fields: {} });
    await platform.json("PUT", `/v1/collections/${name}/documents/1`, { title: name });
  }
});

async function make(wanted: object, by: HttpClient = platform): Promise<NewKey> {
  const { status, body } = await by.json<NewKey>("POST", "/v1/keys", { name: "test", ...wanted });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

const bearing = ({ key }: { key: string }) => httpClient(platform.url, key);

async function status(by: HttpClient, method: string, path: string, body?: object): Promise<number> {
  return (await by.json(method, path, body)).status;
}

describe("a key", () => {
  it("is told once, and listed without what is secret", async () => {
    const { key, ...rest } = await make({
      name: "website",
      scopes: ["documents:search"],
      topics: ["orders"],
    });
    const { body } = await platform.json<{ keys: { id: string }[] }>("GET", "/v1/keys");

    expect(key).toMatch(new RegExp(`^umbel_${rest.id}_[0-9a-f]{64}$`));
    expect(body.keys.find(({ id }) => id === rest.id)).toEqual(rest);
    expect(rest).toEqual({
      id: rest.id,
      name: "website",
      scopes: ["documents:search"],
      topics: ["orders"],
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(JSON.stringify(body)).not.toContain("hash");
  });

  it("may do what its scopes say", async () => {
    const search = bearing(await make({ scopes: ["documents:search"] }));
    expect(await status(search, "POST", "/v1/collections/films/search", {})).toBe(200);
    expect(await status(search, "GET", "/v1/collections/films/search?q=films")).toBe(200);
    const refused = await search.json("GET", "/v1/collections/films/documents/1");
    expect(refused).toMatchObject({
      status: 403,
      body: { code: "forbidden", detail: "The key lacks the scope documents:read." },
    });
    expect(await status(search, "GET", "/v1/nowhere")).toBe(404);
    const all = bearing(await make({ scopes: ["documents:*"] }));
    expect(await status(all, "PUT", "/v1/collections/films/documents/2", {})).toBe(201);
    expect(await status(all, "DELETE", "/v1/collections/films")).toBe(403);
  });

  it("for some collections reaches no other, and lists no other", async () => {
    const films = bearing(await make({ scopes: ["*"], collections: ["film*"] }));
    const { body } = await films.json<{ collections: { name: string }[] }>("GET", "/v1/collections");

    expect(body.collections.map(({ name }) => name)).toEqual(["films"]);
    expect(await status(films, "POST", "/v1/collections/films/search", {})).toBe(200);
    for (const other of ["books", "none", "_mailbox"])
      expect(await status(films, "POST", `/v1/collections/${other}/search`, {})).toBe(403);
    expect(await status(films, "POST", "/v1/topics/orders/events", { id: "1" })).toBe(202);
  });

  it("for some topics publishes to these alone", async () => {
    const orders = bearing(await make({ scopes: ["topics:publish"], topics: ["orders"] }));
    expect(await status(orders, "POST", "/v1/topics/orders/events", { id: "2" })).toBe(202);
    expect(await status(orders, "POST", "/v1/topics/other/events", { id: "2" })).toBe(403);
    expect(await status(orders, "GET", "/v1/topics/orders/events/2")).toBe(403);
  });

  it("that was deleted is good for nothing, and can't be deleted again", async () => {
    const { id, key } = await make({ scopes: ["*"] });
    const bearer = bearing({ key });
    expect(await status(bearer, "GET", "/v1/ready")).toBe(200);
    expect(await status(platform, "DELETE", `/v1/keys/${id}`)).toBe(204);
    expect(await status(bearer, "GET", "/v1/ready")).toBe(401);
    expect(await status(platform, "DELETE", `/v1/keys/${id}`)).toBe(404);
  });

  it("expires", async () => {
    const expiresAt = new Date(Date.now() + 3_000).toISOString().replace("Z", "+00:00");
    const made = await make({ scopes: ["*"], expiresAt });
    expect(made.expiresAt).toBe(new Date(expiresAt).toISOString());
    await expect.poll(() => status(bearing(made), "GET", "/v1/ready")).toBe(401);
  });

  it("is good as it was told, and in no other form", async () => {
    const { key } = await make({ scopes: ["*"] });
    expect(await status(bearing({ key }), "GET", "/v1/ready")).toBe(200);
    const other = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
    for (const wrong of [other, key.toUpperCase(), key.slice(0, -1), `${key}0`, "umbel_", "test-ke"])
      expect(await status(bearing({ key: wrong }), "GET", "/v1/ready")).toBe(401);
  });
});

describe("making keys", () => {
  it("grants no more, and for no longer, than one may oneself", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const granting = bearing(await make({ scopes: ["keys:*", "documents:*"], expiresAt }));
    const refused = await granting.json("POST", "/v1/keys", { name: "more", scopes: ["*"], expiresAt });
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden", errors: [{ path: "scopes" }] } });
    expect(await status(granting, "POST", "/v1/keys", { name: "longer", scopes: ["keys:read"] })).toBe(403);
    const less = bearing(await make({ scopes: ["documents:search"], expiresAt }, granting));
    expect(await status(less, "POST", "/v1/collections/films/search", {})).toBe(200);
    expect(await status(less, "GET", "/v1/keys")).toBe(403);
  });

  it("once, however often the request comes with the same Idempotency-Key", async () => {
    const headers = { "idempotency-key": "k-1" };
    const wanted = { name: "once", scopes: ["documents:search"] };
    const first = await platform.json<NewKey>("POST", "/v1/keys", wanted, headers);
    const again = await platform.json<NewKey>("POST", "/v1/keys", wanted, headers);
    const other = await platform.json<NewKey>("POST", "/v1/keys", { ...wanted, name: "other" }, headers);

    expect([first.status, again.status, other.status]).toEqual([201, 201, 201]);
    expect(again.body).toEqual(first.body);
    expect(other.body.key).not.toBe(first.body.key);
    const { body } = await platform.json<{ keys: { name: string }[] }>("GET", "/v1/keys");
    expect(body.keys.filter(({ name }) => name === "once")).toHaveLength(1);
  });

  it.each([
    [{}, "scopes"],
    [{ scopes: [] }, "scopes"],
    [{ scopes: ["documents:delete"] }, "scopes[0]"],
    [{ scopes: ["*"], collections: [] }, "collections"],
    [{ scopes: ["*"], collections: ["Films"] }, "collections[0]"],
    [{ scopes: ["documents:read", "pipelines:write"], collections: ["films"] }, "scopes[1]"],
    [{ scopes: ["*"], expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
    [{ scopes: ["*"], expiresAt: "tomorrow" }, "expiresAt"],
    [{ scopes: ["*"], name: "" }, "name"],
    [{ scopes: ["*"], collection: "films" }, "collection"],
  ])("is refused as %j, by %s", async (wanted, path) => {
    const { status: code, body } = await platform.json<{ errors: { path: string }[] }>("POST", "/v1/keys", {
      name: "wrong",
      ...wanted,
    });
    expect(code, JSON.stringify(body)).toBe(400);
    expect(body.errors.map((error) => error.path)).toContain(path);
  });
});

describe("every call that needs a key", () => {
  interface Operation {
    security: { key?: string[] }[];
  }

  /** Of the API's own description, with parameters that no key here is for. */
  async function calls(): Promise<{ method: string; path: string; scopes: string[]; limitable: boolean }[]> {
    const { body } = await platform.json<{ paths: Record<string, Record<string, Operation>> }>(
      "GET",
      "/openapi.json",
    );
    return Object.entries(body.paths).flatMap(([pattern, operations]) =>
      Object.entries(operations).flatMap(([method, { security }]) => {
        const scopes = security[0]?.key;
        if (scopes === undefined) return [];
        const path = pattern.replaceAll(/\{\w+\}/g, "other");
        return [
          { method: method.toUpperCase(), path, scopes, limitable: /\{(collection|topic)\}/.test(pattern) },
        ];
      }),
    );
  }

  it("is beyond one that lacks its scopes, and beyond one that is for something else", async () => {
    const all = await calls();
    expect(all.length).toBeGreaterThan(60);
    const keyless = bearing(await make({ scopes: ["keys:read"] }));
    const limited = bearing(await make({ scopes: ["*"], collections: ["films"], topics: ["orders"] }));
    for (const { method, path, scopes } of all) {
      expect(scopes.length, `${method} ${path}`).toBeGreaterThan(0);
      const isOwn = scopes.every((scope) => scope === "keys:read");
      expect((await keyless.json(method, path)).status, `${method} ${path}`).toBe(isOwn ? 200 : 403);
      const narrows = method === "GET" && path === "/v1/collections";
      expect((await limited.json(method, path)).status, `${method} ${path}`).toBe(narrows ? 200 : 403);
    }
  });
});

it("A key without the scope of identity says nobody's address", async () => {
  const search = bearing(await make({ scopes: ["documents:search"] }));
  const body = { code: "123456", address: "203.0.113.7" };
  const { status: code } = await search.json("POST", "/v1/identity/challenges/none/verify", body);
  expect(code).toBe(401);
});
