import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05, vars: { UMBEL_WEBHOOKS_PRIVATE: "1" } });
});

interface Declared {
  version: number;
  deliver: { webhook: { url: string; secret?: string } }[];
  sinks?: { index: number; state: string; failures: number; error?: string }[];
}

/** A pipeline from a topic of its own name to a webhook; its secret. */
async function hook(name: string, url: string, change: object = {}): Promise<string> {
  const webhook = { url, retryDelaysMs: [20, 20, 20], ...change };
  const { status, body } = await platform.json<Declared>("PUT", `/v1/pipelines/${name}`, {
    topic: name,
    steps: [{ use: "defaults", with: { level: "info" } }],
    deliver: [{ webhook }],
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.deliver[0]?.webhook.secret ?? "";
}

const publish = async (topic: string, data: object, id: string) => {
  const event = { specversion: "1.0", id, source: "/shop", type: "order.placed", data };
  const headers = { "content-type": "application/cloudevents+json" };
  expect((await platform.json("POST", `/v1/topics/${topic}/events`, event, headers)).status).toBe(202);
};

async function until<T>(look: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> {
  let value = await look();
  for (let attempt = 0; attempt < 1_000 && !holds(value); attempt++) {
    await sleep(50);
    value = await look();
  }
  expect(holds(value), JSON.stringify(value)).toBe(true);
  return value;
}

const state = async (topic: string, id: string) =>
  (await platform.json<{ state: string }>("GET", `/v1/topics/${topic}/events/${id}`)).body;

const sinkState = async (name: string) =>
  (await platform.json<Declared>("GET", `/v1/pipelines/${name}`)).body.sinks?.[0];

interface Letters {
  deadLetters: { id: string; error: string; attempts: number; history: { error: string; times: number }[] }[];
}

const letters = async (pipeline: string) =>
  (await platform.json<Letters>("GET", `/v1/dead-letters?pipeline=${pipeline}`)).body.deadLetters;

/** What of a request a signature is over. */
function verify(secret: string, { received }: Receiver, index: number): unknown {
  const request = received[index];
  if (request === undefined) throw new Error("nothing was received");
  const headers = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [
      name,
      String(request.headers[name]),
    ]),
  );
  return new Webhook(secret).verify(request.body, headers);
}

describe("a webhook", () => {
  it("is a signed event that standardwebhooks verifies, under a secret that is shown once", async () => {
    const receiver = await startReceiver();
    const secret = await hook("signed", receiver.url);
    await publish("signed", { item: "lamp" }, "w-1");
    await until(
      () => receiver.received.length,
      (count) => count === 1,
    );

    expect(secret).toMatch(/^whsec_/);
    expect(verify(secret, receiver, 0)).toEqual({
      specversion: "1.0",
      id: "w-1",
      source: "/shop",
      type: "order.placed",
      data: { item: "lamp", level: "info" },
    });
    expect(() => verify(`whsec_${btoa("another secret, of 24 bytes")}`, receiver, 0)).toThrow(/signature/);
    const shown = await platform.json<Declared>("GET", "/v1/pipelines/signed");
    expect(JSON.stringify(shown.body)).not.toContain("whsec_");
    // It is told of after the receiver has its answer.
    await until(
      () => state("signed", "w-1"),
      (event) => event.state === "delivered",
    );
  });

  it("keeps its secret when the pipeline changes around it", async () => {
    const receiver = await startReceiver();
    const secret = await hook("kept", receiver.url);
    const again = await platform.json<Declared>("PUT", "/v1/pipelines/kept", {
      topic: "kept",
      deliver: [{ webhook: { url: receiver.url } }],
    });
    expect(again.body).toMatchObject({ version: 2 });
    expect(again.body.deliver[0]?.webhook.secret).toBeUndefined();
    await publish("kept", {}, "k-1");
    await until(
      () => receiver.received.length,
      (count) => count === 1,
    );
    expect(verify(secret, receiver, 0)).toMatchObject({ id: "k-1" });
  });

  it("that fails three times gets the event then, under one id", async () => {
    const receiver = await startReceiver((count) => ({ status: count < 3 ? 500 : 200 }));
    const secret = await hook("patient", receiver.url);
    await publish("patient", {}, "p-1");
    await until(
      () => state("patient", "p-1"),
      (event) => event.state === "delivered",
    );

    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(verify(secret, receiver, 3)).toMatchObject({ id: "p-1" });
    expect(await letters("patient")).toEqual([]);
    expect(await sinkState("patient")).toMatchObject({ state: "active", failures: 0 });
  });

  it("that always fails leads to a dead letter and a paused sink; replay after mending delivers", async () => {
    const receiver = await startReceiver(() => ({ status: 503 }));
    await hook("broken", receiver.url);
    await publish("broken", { n: 1 }, "b-1");
    await until(
      () => state("broken", "b-1"),
      (event) => event.state === "dead",
    );
    const [letter] = await letters("broken");

    expect(receiver.received).toHaveLength(4);
    expect(letter).toMatchObject({
      error: "The webhook answered 503.",
      attempts: 4,
      history: [{ error: "The webhook answered 503.", times: 4 }],
      event: { id: "b-1", data: { n: 1 } },
    });
    expect(await sinkState("broken")).toMatchObject({ state: "paused", failures: 4 });

    // A paused sink is not sent to: what comes now waits, and is not lost.
    await publish("broken", { n: 2 }, "b-2");
    await until(
      () => state("broken", "b-2"),
      (event) => JSON.stringify(event).includes("paused"),
    );
    expect(receiver.received).toHaveLength(4);

    receiver.answer = () => ({ status: 200 });
    const replay = await platform.json("POST", `/v1/dead-letters/${letter?.id}/replay`);
    expect(replay.status, JSON.stringify(replay.body)).toBe(202);
    await until(
      () => state("broken", "b-1"),
      (event) => event.state === "delivered",
    );
    expect(await letters("broken")).toEqual([]);
    expect(await sinkState("broken")).toMatchObject({ state: "active" });
    expect((await platform.json("POST", "/v1/pipelines/broken/resume")).status).toBe(204);
  });

  it("that answers 410 is disabled, and everything for it is dead at once, until it is resumed", async () => {
    const receiver = await startReceiver(() => ({ status: 410 }));
    await hook("gone", receiver.url);
    await publish("gone", {}, "g-1");
    await until(
      () => state("gone", "g-1"),
      (event) => event.state === "dead",
    );
    await publish("gone", {}, "g-2");
    await until(
      () => state("gone", "g-2"),
      (event) => event.state === "dead",
    );
    expect(receiver.received).toHaveLength(1);
    expect(await sinkState("gone")).toMatchObject({ state: "disabled" });

    receiver.answer = () => ({ status: 200 });
    await platform.json("POST", "/v1/pipelines/gone/resume");
    const replay = await platform.json("POST", "/v1/dead-letters/replay", { pipeline: "gone" });
    expect(replay.body).toEqual({ replayed: 2, failed: [], remaining: false });
    await until(
      () => state("gone", "g-2"),
      (event) => event.state === "delivered",
    );
    await until(
      () => state("gone", "g-1"),
      (event) => event.state === "delivered",
    );
  });

  it("that redirects is not followed", async () => {
    const other = await startReceiver();
    const receiver = await startReceiver(() => ({ status: 307, headers: { location: other.url } }));
    await hook("restless", receiver.url, { retryDelaysMs: [20] });
    await publish("restless", {}, "r-1");
    await until(
      () => state("restless", "r-1"),
      (event) => event.state === "dead",
    );

    const [letter] = await letters("restless");
    expect(letter?.history).toMatchObject([
      { error: "The webhook answered 307; redirects are not followed.", times: 2 },
    ]);
    expect(other.received).toEqual([]);
  });

  it("that is slow is not waited for", async () => {
    const receiver = await startReceiver(() => ({ status: 200, delayMs: 5_000 }));
    await hook("slow", receiver.url, { timeoutMs: 100, retryDelaysMs: [20] });
    await publish("slow", {}, "s-1");
    await until(
      () => state("slow", "s-1"),
      (event) => event.state === "dead",
    );

    const [letter] = await letters("slow");
    expect(letter?.history).toMatchObject([{ error: "The webhook did not answer within 100 ms.", times: 2 }]);
  });

  it("that fails does not hold up another sink, which gets the event once", async () => {
    const receiver = await startReceiver((count) => ({ status: count < 2 ? 500 : 200 }));
    const mail = {
      to: "shop@example.com",
      subject: "Order {data.item}",
      text: "{id}: {data.item} ×{data.n}",
    };
    await platform.json("PUT", "/v1/pipelines/both", {
      topic: "both",
      deliver: [{ webhook: { url: receiver.url, retryDelaysMs: [20, 20] } }, { email: mail }],
    });
    await publish("both", { item: "lamp", n: 2 }, "both-1");
    await until(
      () => state("both", "both-1"),
      (event) => event.state === "delivered",
    );

    const { body } = await platform.json("POST", "/v1/collections/_mailbox/search", {
      filter: "pipeline = 'both'",
    });
    expect(body).toMatchObject({
      total: { count: 1 },
      hits: [{ document: { to: ["shop@example.com"], subject: "Order lamp", text: "both-1: lamp ×2" } }],
    });
    expect(receiver.received).toHaveLength(3);
  });
});

describe("an upstream", () => {
  it("gets the decorated request, and its answer is the invocation's", async () => {
    const receiver = await startReceiver(() => ({
      status: 201,
      headers: { "content-type": "application/vnd.shop+json" },
      body: '{"order":7}',
    }));
    await hook("decorated", receiver.url, { reply: true });
    const response = await platform.fetch("/v1/pipelines/decorated/invoke", {
      method: "POST",
      body: JSON.stringify({ item: "lamp" }),
    });

    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/vnd.shop+json");
    expect(await response.text()).toBe('{"order":7}');
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
      data: { item: "lamp", level: "info" },
    });
  });

  it.each([
    ["fails", { status: 500 }],
    ["answers with megabytes", { status: 200, body: "x".repeat(1_100_000) }],
  ])("that %s is a problem", async (_, answer) => {
    const receiver = await startReceiver(() => answer);
    const name = `bad-${answer.status}`;
    await hook(name, receiver.url, { reply: true });
    const { status } = await platform.json("POST", `/v1/pipelines/${name}/invoke`, {});

    expect([502, 422]).toContain(status);
  });
});

describe("dead letters", () => {
  async function die(name: string, ...ids: string[]): Promise<void> {
    await platform.json("PUT", "/v1/collections/strict", { shards: 2, fields: { n: { type: "number" } } });
    await platform.json("PUT", `/v1/pipelines/${name}`, { topic: name, deliver: [{ collection: "strict" }] });
    for (const id of ids) await publish(name, { id, n: "many", colour: "crimson" }, id);
    await until(
      () => letters(name),
      (all) => all.length === ids.length,
    );
  }

  it("are found by pipeline, by words and by filter, page by page", async () => {
    await die("mourned", "m-1", "m-2", "m-3");
    const get = async (query: string) =>
      (await platform.json<Letters & { cursor?: string }>("GET", `/v1/dead-letters?${query}`)).body;

    expect((await get("q=crimson&pipeline=mourned")).deadLetters).toHaveLength(3);
    expect((await get("q=emerald&pipeline=mourned")).deadLetters).toEqual([]);
    const filter = encodeURIComponent("eventId = 'm-2'");
    const one = await get(`pipeline=mourned&filter=${filter}`);
    expect(one.deadLetters).toMatchObject([{ eventId: "m-2", error: "n: must be a number" }]);
    const first = await get("pipeline=mourned&limit=2");
    const second = await get(`pipeline=mourned&limit=2&cursor=${first.cursor}`);
    const ids = [...first.deadLetters, ...second.deadLetters].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    const single = await platform.json("GET", `/v1/dead-letters/${ids[0]}`);
    expect(single.body).toMatchObject({ id: ids[0], topic: "mourned", attempts: 1 });
  });

  it("are thrown away one by one, by what they are, or all", async () => {
    await die("purged", "t-1", "t-2", "t-3");
    const [letter] = await letters("purged");
    expect((await platform.json("DELETE", `/v1/dead-letters/${letter?.id}`)).status).toBe(204);
    expect((await platform.json("DELETE", `/v1/dead-letters/${letter?.id}`)).status).toBe(404);
    expect((await platform.json("DELETE", "/v1/dead-letters")).status).toBe(400);
    const purged = await platform.json("DELETE", "/v1/dead-letters?pipeline=purged");
    expect(purged.body).toEqual({ deleted: 2, remaining: false });
    expect(await letters("purged")).toEqual([]);
  });

  it("that are replayed meet the pipeline as it is now", async () => {
    await die("mended", "x-1");
    await platform.json("PUT", "/v1/collections/lenient", { fields: {} });
    await platform.json("PUT", "/v1/pipelines/mended", {
      topic: "mended",
      steps: [{ use: "defaults", with: { mended: true } }],
      deliver: [{ collection: "lenient" }],
    });
    const { body } = await platform.json("POST", "/v1/dead-letters/replay", {
      pipeline: "mended",
      filter: "eventId = 'x-1'",
    });
    expect(body).toMatchObject({ replayed: 1 });
    await until(
      () => state("mended", "x-1"),
      (event) => event.state === "delivered",
    );
    const document = await platform.json("GET", "/v1/collections/lenient/documents/x-1");
    expect(document.body).toMatchObject({ mended: true, n: "many" });
    expect(await letters("mended")).toEqual([]);
  });
});

it("delivered events are kept where their pipeline asks for that", async () => {
  await platform.json("PUT", "/v1/collections/any", { fields: {} });
  await platform.json("PUT", "/v1/pipelines/diary", {
    topic: "diary",
    deliver: [{ collection: "any" }],
    keep: true,
  });
  await publish("diary", { text: "a remarkable day" }, "d-1");
  await until(
    () => state("diary", "d-1"),
    (event) => event.state === "delivered",
  );
  const { body } = await platform.json("POST", "/v1/collections/_events/search", { q: "remarkable" });

  expect(body).toMatchObject({ hits: [{ document: { pipeline: "diary", event: { id: "d-1" } } }] });
  expect((await platform.json("DELETE", "/v1/collections/_events")).status).toBe(400);
});

it("a time range of a topic goes through one pipeline once more, and overwrites nothing newer", async () => {
  await platform.json("PUT", "/v1/collections/again", { fields: {} });
  const declare = (level: string) =>
    platform.json("PUT", "/v1/pipelines/again", {
      topic: "again",
      steps: [{ use: "defaults", with: { level } }],
      deliver: [{ collection: "again" }],
    });
  await declare("old");
  for (const n of [1, 2]) await publish("again", { id: `r-${n}` }, `r-${n}`);
  await until(
    () => state("again", "r-2"),
    (event) => event.state === "delivered",
  );
  await declare("new");
  const { body } = await platform.json("POST", "/v1/topics/again/replay", { pipeline: "again" });
  expect(body).toEqual({ replayed: 2 });
  await until(
    async () => (await platform.json("GET", "/v1/topics/again")).body,
    (topic) => JSON.stringify(topic).includes('"delivered":4,'),
  );
  const document = await platform.json("GET", "/v1/collections/again/documents/r-1");
  expect(document.body).toMatchObject({ level: "new" });
});
