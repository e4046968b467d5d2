/** Budgets over HTTP: what is over one waits or is refused, and what is raised goes on with all that waited. */
import { beforeAll, expect, it, vi } from "vitest";
import { clearOfMidnight } from "../support/midnight.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

const EVENTS = 25;

let platform: Platform;

beforeAll(clearOfMidnight);
beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05 });
  await platform.json("PUT", "/v1/collections/orders", { shards: 1, fields: {} });
  await platform.json("PUT", "/v1/pipelines/orders", {
    topic: "orders",
    steps: [],
    deliver: [{ collection: "orders" }],
  });
});

const publish = async (ids: readonly string[]) => {
  const answer = await platform.json(
    "POST",
    "/v1/topics/orders/events",
    ids.map((id) => ({ id, total: 1 })),
  );
  expect(answer.status).toBe(202);
};

const eventsOf = async () =>
  (await platform.json<{ events: Record<string, number> }>("GET", "/v1/topics/orders")).body.events;

const pipeline = async () =>
  (await platform.json<{ overBudget?: boolean }>("GET", "/v1/pipelines/orders")).body;

const putBudget = (kind: "pipelines" | "collections", usdPerDay: number) =>
  platform.json<{ spentUsd: number; exceeded: boolean }>("PUT", `/v1/budgets/${kind}/orders`, { usdPerDay });

const metric = async (series: string) => {
  const text = await (await platform.fetch("/metrics")).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")[1] ?? 0,
  );
};

it("a pipeline that is over its budget lets its events wait, through a restart of its topic, and all through when it is raised", async () => {
  await publish(["first"]);
  await vi.waitFor(async () => expect(await eventsOf()).toMatchObject({ delivered: 1 }), { timeout: 50_000 });
  // What handing that event over cost is known some seconds later.
  expect((await putBudget("pipelines", 1e-9)).status).toBe(201);
  await vi.waitFor(async () => expect(await pipeline()).toMatchObject({ overBudget: true }), {
    timeout: 50_000,
    interval: 100,
  });
  // The topic asks once a second whose events wait; a budget that is set is announced to it.
  expect((await putBudget("pipelines", 1e-9)).body).toMatchObject({ exceeded: true });

  await publish(Array.from({ length: EVENTS }, (_, n) => `waits-${n}`));
  await platform.evict({ worker: "journal", className: "TopicJournal", name: "orders" });
  expect(await eventsOf()).toMatchObject({ accepted: EVENTS + 1, delivered: 1, inFlight: EVENTS, dead: 0 });

  const raised = await putBudget("pipelines", 1);
  expect(raised).toMatchObject({ status: 200, body: { exceeded: false } });
  expect(raised.body.spentUsd).toBeGreaterThan(0);
  expect(await pipeline()).not.toHaveProperty("overBudget");
  await vi.waitFor(
    async () =>
      expect(await eventsOf()).toMatchObject({ delivered: EVENTS + 1, inFlight: 0, filtered: 0, dead: 0 }),
    { timeout: 50_000, interval: 100 },
  );
  const { body } = await platform.json<{ total: { count: number } }>(
    "GET",
    "/v1/collections/orders/search?q=",
  );
  expect(body.total.count).toBe(EVENTS + 1);
  await vi.waitFor(
    async () => expect(await metric('umbel_pipeline_parked_events_total{pipeline="orders"}')).toBe(EVENTS),
    { timeout: 50_000, interval: 200 },
  );
});

it("searches of a collection that is over its budget are told when the day ends", async () => {
  await putBudget("collections", 1e-9);
  const refused = await vi.waitFor(
    async () => {
      const answer = await platform.json("POST", "/v1/collections/orders/search", { q: "x" });
      expect(answer.status).toBe(429);
      return answer;
    },
    { timeout: 50_000, interval: 100 },
  );
  const untilMidnightS = (86_400_000 - (Date.now() % 86_400_000)) / 1000;

  expect(refused.body).toMatchObject({ code: "budget-exceeded" });
  expect(Math.abs(Number(refused.headers.get("retry-after")) - untilMidnightS)).toBeLessThan(60);
  expect(await metric('umbel_budget_used_ratio{kind="collection",name="orders"}')).toBeGreaterThan(1);

  await putBudget("collections", 10);
  expect((await platform.json("POST", "/v1/collections/orders/search", { q: "x" })).status).toBe(200);
});
