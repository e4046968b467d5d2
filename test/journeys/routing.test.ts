import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

const SHARDS = 8;
const TENANTS = ["acme", "bolt", "crux", "dyno", "echo", "flux", "gear", "hive"];
const WORDS = ["copper", "silver", "golden", "leaden"];
const DOCUMENTS_EACH = 40;

const documents = TENANTS.flatMap((tenant, place) =>
  Array.from({ length: DOCUMENTS_EACH }, (_, n) => ({
    id: `${tenant}!${n}`,
    tenant,
    n,
    // Words are rarer with some tenants than with others, so that a part's statistics are not the whole's.
    text: WORDS.filter((_word, at) => n % (at + 2 + (place % 3)) === 0).join(" ") + " metal".repeat(n % 5),
  })),
);
const fields = { tenant: { type: "keyword" }, n: { type: "number" }, text: { type: "text" } };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await declare("orders", { shards: SHARDS, replicas: 2 }, documents);
});

async function declare(name: string, spec: object, contents: readonly object[]): Promise<void> {
  const declared = await platform.json("PUT", `/v1/collections/${name}`, { ...spec, fields });
  expect(declared.status, JSON.stringify(declared.body)).toBe(201);
  const { body } = await platform.json<{ written: number }>(
    "POST",
    `/v1/collections/${name}/documents`,
    contents,
  );
  expect(body.written).toBe(contents.length);
}

async function search(name: string, request: object): Promise<SearchAnswer> {
  const { status, body } = await platform.json<SearchAnswer>(
    "POST",
    `/v1/collections/${name}/search`,
    request,
  );
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function refused(name: string, request: object) {
  const { status, body } = await platform.json("POST", `/v1/collections/${name}/search`, request);
  return { status, body };
}

describe("a search with a routing key", () => {
  it("asks one leaf, on which all documents of the key are", async () => {
    for (const tenant of TENANTS) {
      const all = await search("orders", { routing: tenant, limit: 1_000, explain: true });
      const own = await search("orders", { routing: tenant, filter: `tenant = '${tenant}'`, limit: 1_000 });

      expect(all).toMatchObject({
        leaves: { total: 1, answered: 1, failed: [], skipped: 0 },
        coverage: 1,
        ranking: "exact",
        total: { exact: true },
      });
      expect(new Set(all.explain?.map(({ shard }) => shard)).size).toBe(1);
      expect(own.total).toEqual({ count: DOCUMENTS_EACH, exact: true });
      expect(own.hits.map(({ id }) => id).toSorted()).toEqual(
        documents.flatMap((document) => (document.tenant === tenant ? [document.id] : [])).toSorted(),
      );
    }
  });

  it("takes what an id with the key has, and the key of an id", async () => {
    const byKey = await search("orders", { routing: "acme", limit: 1_000 });
    const byId = await search("orders", { routing: "acme!17", limit: 1_000 });
    expect(byId.hits).toEqual(byKey.hits);
  });

  it("ranks, counts and adds up as a collection of that shard's documents alone", async () => {
    const shard = await search("orders", { routing: "acme", limit: 1_000 });
    await declare(
      "one-shard",
      { shards: 1 },
      shard.hits.map(({ document }) => document),
    );
    for (const request of [
      { q: "copper silver" },
      { q: "+golden metal", limit: 5 },
      { q: '"copper silver"', operator: "and" },
      { q: "metal", sort: ["-n"], facets: ["tenant"], aggregations: { most: { max: "n" } } },
      { q: "lead*", facets: { n: { interval: 10 } } },
    ]) {
      // Twice: the second may be ranked by what the first has learnt.
      for (let time = 1; time <= 2; time++) {
        const routed = await search("orders", { ...request, routing: "acme" });
        const alone = await search("one-shard", request);
        const { hits, total, facets, aggregations, ranking } = alone;
        expect(routed).toMatchObject({ hits, total, ranking });
        expect(routed.facets).toEqual(facets);
        expect(routed.aggregations).toEqual(aggregations);
      }
      // What was learnt of a shard is not taken for the whole collection.
      await search("orders", request);
      expect((await search("orders", { ...request, routing: "acme" })).hits).toEqual(
        (await search("one-shard", request)).hits,
      );
    }
  });

  it("goes from page to page, and its cursor is good for no other key", async () => {
    const request = { q: "metal", routing: "bolt", limit: 7 };
    const whole = await search("orders", { ...request, limit: 1_000 });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await search("orders", { ...request, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.hits.map(({ id }) => id));
      if (page.cursor !== undefined) {
        expect(await refused("orders", { ...request, routing: "crux", cursor: page.cursor })).toMatchObject({
          status: 400,
          body: { code: "invalid-cursor" },
        });
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(whole.hits.map(({ id }) => id));
  });

  it("is the same as query parameters", async () => {
    const { status, body } = await platform.json<SearchAnswer>(
      "GET",
      "/v1/collections/orders/search?q=metal&routing=crux",
    );
    expect(status).toBe(200);
    expect(body.hits).toEqual((await search("orders", { q: "metal", routing: "crux" })).hits);
    expect(body.leaves.total).toBe(1);
  });

  it("sees what a bookmark names", async () => {
    const { body } = await platform.json<{ bookmark: string }>(
      "PUT",
      "/v1/collections/orders/documents/dyno!new",
      { tenant: "dyno", n: 1_000, text: "platinum" },
    );
    const found = await search("orders", { q: "platinum", routing: "dyno", bookmark: body.bookmark });
    expect(found.hits.map(({ id }) => id)).toEqual(["dyno!new"]);
  });

  it("finds no word in no document", async () => {
    expect(await search("orders", { q: "!!!", routing: "acme" })).toMatchObject({
      hits: [],
      leaves: { total: 1, answered: 1 },
      coverage: 1,
    });
  });

  it.each([{ routing: "" }, { routing: 7 }, { routing: "x".repeat(257) }])(
    "is refused as %j",
    async (wrong) => {
      expect(await refused("orders", wrong)).toMatchObject({
        status: 400,
        body: { errors: [{ path: "routing" }] },
      });
    },
  );
});

describe("a routing key after resharding", () => {
  it("still finds all that have it, on one leaf", async () => {
    await declare("moved", { shards: 2 }, documents);
    expect((await platform.json("POST", "/v1/collections/moved/reshard", { shards: 5 })).status).toBe(202);
    await expect
      .poll(
        async () => (await platform.json<{ shards: number }>("GET", "/v1/collections/moved")).body.shards,
        {
          timeout: 60_000,
          interval: 250,
        },
      )
      .toBe(5);
    for (const tenant of TENANTS) {
      const { total, leaves } = await search("moved", { routing: tenant, filter: `tenant = '${tenant}'` });
      expect([total.count, leaves.total]).toEqual([DOCUMENTS_EACH, 1]);
    }
  });

  it("belongs to a collection that may be declared again without its number of shards", async () => {
    const again = await platform.json("PUT", "/v1/collections/moved", { fields });
    expect(again).toMatchObject({ status: 200, body: { shards: 5 } });
    expect((await platform.json("PUT", "/v1/collections/moved", { shards: 4, fields })).status).toBe(409);
  });
});

describe("a routing key in other layouts", () => {
  it("changes nothing where all leaves have everything", async () => {
    await declare("copies", { layout: "replicas", shards: 3 }, documents);
    const routed = await search("copies", { q: "metal", routing: "acme" });
    const { hits, total, leaves } = await search("copies", { q: "metal" });
    expect(routed).toMatchObject({ hits, total, leaves: { total: leaves.total }, coverage: 1 });
  });

  it("is refused where leaves have words", async () => {
    await declare("words", { layout: "terms", shards: 2 }, []);
    expect(await refused("words", { q: "metal", routing: "acme" })).toMatchObject({
      status: 400,
      body: {
        code: "invalid-request",
        errors: [{ path: "routing", message: expect.stringContaining("terms") }],
      },
    });
  });
});
