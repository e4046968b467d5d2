import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.json("PUT", "/v1/collections/orders", {
    shards: 3,
    fields: { item: { type: "text" }, quantity: { type: "number" }, status: { type: "keyword" } },
  });
  const declared = await platform.json("PUT", "/v1/pipelines/orders", {
    topic: "orders",
    filter: "type LIKE 'order%'",
    steps: [{ use: "defaults", with: { status: "new", quantity: 1 } }],
    deliver: [{ collection: "orders" }],
  });
  expect(declared.status, JSON.stringify(declared.body)).toBe(201);
});

async function found(filter: string, count: number): Promise<SearchAnswer["hits"]> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const { body } = await platform.json<SearchAnswer>("POST", "/v1/collections/orders/search", {
      filter,
      limit: 1000,
    });
    if (body.total.count >= count) return body.hits;
    await sleep(100);
  }
  throw new Error(`${filter} has not matched ${count} documents within 50 s`);
}

describe("an event", () => {
  it("becomes a document that a search finds, with its defaults filled in", async () => {
    const posted = await platform.json("POST", "/v1/topics/orders/events", { id: "o-1", item: "green lamp" });
    expect(posted.status, JSON.stringify(posted.body)).toBe(202);
    expect(posted.body).toMatchObject({ pipelines: ["orders"], accepted: [{ id: expect.any(String) }] });
    const [hit] = await found("id = 'o-1'", 1);
    expect(hit?.document).toEqual({ id: "o-1", item: "green lamp", status: "new", quantity: 1 });
  });

  it("comes in as a CloudEvent in each of the three modes", async () => {
    const event = (id: string) => ({
      specversion: "1.0",
      id,
      source: "/shop",
      type: "order.placed",
      data: { item: id, status: "paid" },
    });
    const structured = await platform.json("POST", "/v1/topics/orders/events", event("structured"), {
      "content-type": "application/cloudevents+json",
    });
    const batch = await platform.json(
      "POST",
      "/v1/topics/orders/events",
      [event("batch-1"), event("batch-2")],
      {
        "content-type": "application/cloudevents-batch+json; charset=UTF-8",
      },
    );
    const binary = await platform.json("POST", "/v1/topics/orders/events", event("binary").data, {
      "ce-specversion": "1.0",
      "ce-id": "binary",
      "ce-source": "/shop",
      "ce-type": "order.placed",
    });
    expect([structured.status, batch.status, binary.status]).toEqual([202, 202, 202]);
    const hits = await found("status = 'paid'", 4);
    expect(hits.map(({ id }) => id).toSorted()).toEqual(["batch-1", "batch-2", "binary", "structured"]);
    for (const { document } of hits) expect(document["quantity"]).toBe(1);
  });

  it("tells what became of it", async () => {
    const settled = async (id: string) => {
      for (let attempt = 0; attempt < 500; attempt++) {
        const { body } = await platform.json<{ state: string; pipelines: object[] }>(
          "GET",
          `/v1/topics/orders/events/${id}`,
        );
        if (body.state !== "accepted") return body;
        await sleep(100);
      }
      throw new Error(`${id} is not settled after 50 s`);
    };
    const send = (id: string, type: string, data: object) =>
      platform.json(
        "POST",
        "/v1/topics/orders/events",
        { specversion: "1.0", id, source: "/shop", type, data },
        { "content-type": "application/cloudevents+json" },
      );
    await send("good", "order.placed", { item: "good" });
    await send("other", "refund", { item: "other" });
    await send("bad", "order.placed", { item: "bad", quantity: "many" });
    expect(await settled("good")).toMatchObject({
      state: "delivered",
      pipelines: [{ name: "orders", version: 1 }],
    });
    expect(await settled("other")).toMatchObject({ state: "filtered" });
    expect(await settled("bad")).toMatchObject({
      state: "dead",
      pipelines: [{ error: expect.stringContaining("quantity") }],
    });
    expect((await platform.json("GET", "/v1/topics/orders/events/unknown")).status).toBe(404);
  });

  it("that is sent twice is run once", async () => {
    const twice = {
      specversion: "1.0",
      id: "twice",
      source: "/shop",
      type: "order.placed",
      data: { id: "t-1", item: "x" },
    };
    const headers = { "content-type": "application/cloudevents+json" };
    await platform.json("POST", "/v1/topics/orders/events", twice, headers);
    await found("id = 't-1'", 1);
    await platform.json("PATCH", "/v1/collections/orders/documents/t-1", { status: "shipped" });
    const again = await platform.json("POST", "/v1/topics/orders/events", twice, headers);
    expect(again.body).toMatchObject({ accepted: [{ id: "twice", duplicate: true }] });
    await platform.json("POST", "/v1/topics/orders/events", { id: "t-2" });
    await found("id = 't-2'", 1);
    expect((await platform.json("GET", "/v1/collections/orders/documents/t-1")).body).toMatchObject({
      status: "shipped",
    });
  });

  it("of a batch with one bad event is not taken, nor are its neighbours", async () => {
    const good = {
      specversion: "1.0",
      id: "n-1",
      source: "/shop",
      type: "order.placed",
      data: { id: "n-1" },
    };
    const refused = await platform.json("POST", "/v1/topics/orders/events", [good, { ...good, id: "" }], {
      "content-type": "application/cloudevents-batch+json",
    });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ errors: [{ path: "[1].id" }] });
    expect((await platform.json("GET", "/v1/topics/orders/events/n-1")).status).toBe(404);
  });

  it("that nobody listens to is kept, and says so", async () => {
    const posted = await platform.json<{ accepted: { id: string }[] }>("POST", "/v1/topics/nobody/events", {
      a: 1,
    });
    expect(posted.body).toMatchObject({ pipelines: [] });
    const state = await platform.json("GET", `/v1/topics/nobody/events/${posted.body.accepted[0]?.id}`);
    expect(state.body).toMatchObject({ state: "filtered", pipelines: [] });
  });
});
