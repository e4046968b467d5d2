import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05 });
  for (const name of ["customers", "out", "urgent"]) {
    await platform.json("PUT", `/v1/collections/${name}`, { shards: 3, fields: {} });
  }
  const customers = Array.from({ length: 40 }, (_, n) => ({
    id: `c-${n}`,
    name: `Customer ${n}`,
    tier: n % 3,
  }));
  const written = await platform.json("POST", "/v1/collections/customers/documents", customers);
  expect(written.body).toMatchObject({ written: 40 });
});

async function declare(name: string, steps: object[], change: object = {}): Promise<void> {
  const { status, body } = await platform.json("PUT", `/v1/pipelines/${name}`, {
    topic: name,
    steps,
    deliver: [{ collection: "out" }],
    ...change,
  });
  expect(status, JSON.stringify(body)).toBe(201);
}

async function settled(topic: string): Promise<{ delivered: number; filtered: number; dead: number }> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const { body } = await platform.json<{
      events: { inFlight: number; delivered: number; filtered: number; dead: number };
    }>("GET", `/v1/topics/${topic}`);
    if (body.events.inFlight === 0) return body.events;
    await sleep(50);
  }
  throw new Error(`${topic} is not settled after 50 s`);
}

const document = async (collection: string, id: string) =>
  (await platform.json("GET", `/v1/collections/${collection}/documents/${id}`)).body;

describe("steps that ask the platform", () => {
  it("look documents up, for all events of a batch", async () => {
    await declare("lookups", [
      { use: "lookup", with: { collection: "customers", id: "customer", target: "customerData" } },
    ]);
    const events = Array.from({ length: 100 }, (_, n) => ({ id: `l-${n}`, customer: `c-${n % 40}` }));
    await platform.json("POST", "/v1/topics/lookups/events", events);
    expect(await settled("lookups")).toMatchObject({ delivered: 100 });

    expect(await document("out", "l-41")).toMatchObject({ customerData: { name: "Customer 1" } });
    expect(await document("out", "l-39")).toMatchObject({ customerData: { name: "Customer 39" } });
  });

  it("run the steps of another pipeline, and can't call in a circle", async () => {
    await declare("inner", [{ use: "set", with: { values: { inner: true } } }]);
    await declare("outer", [{ use: "pipeline", with: { pipeline: "inner" } }]);
    const { body } = await platform.json("POST", "/v1/pipelines/outer/invoke", { id: "o-1" });
    expect(body).toMatchObject({ id: "o-1", inner: true });

    const circle = await platform.json<{ code: string }>("PUT", "/v1/pipelines/inner", {
      topic: "inner",
      steps: [{ use: "pipeline", with: { pipeline: "outer" } }],
      deliver: [{ collection: "out" }],
    });
    expect(circle.status).toBe(422);
    expect(circle.body.code).toBe("pipeline-cycle");
  });

  it("drop what has come before within a window, and hold back what comes too often", async () => {
    await declare("once", [{ use: "dedupe", with: { by: "order", windowSeconds: 60 } }]);
    const orders = [1, 2, 1, 1].map((order, n) => ({ id: `once-${n}`, order }));
    await platform.json("POST", "/v1/topics/once/events", orders);

    expect(await settled("once")).toMatchObject({ delivered: 2, filtered: 2 });
  });

  it("route events to other places than the pipeline's own", async () => {
    await declare("sorted", [
      { use: "route", with: { routes: [{ when: "data.urgent = TRUE", to: [{ collection: "urgent" }] }] } },
    ]);
    await platform.json("POST", "/v1/topics/sorted/events", [
      { id: "s-1", urgent: true },
      { id: "s-2", urgent: false },
    ]);
    expect(await settled("sorted")).toMatchObject({ delivered: 2 });

    expect(await document("urgent", "s-1")).toMatchObject({ id: "s-1" });
    expect(await document("out", "s-2")).toMatchObject({ id: "s-2" });
    expect(await document("out", "s-1")).toMatchObject({ status: 404 });
  });
});

it("an event that makes a step throw, or more than an event holds, is dead, and its neighbours are delivered", async () => {
  await declare(
    "hostile",
    [
      {
        use: "map",
        with: {
          expression: "n = 1 ? $error('no ones') : n = 2 ? {'id': id, 'x': $pad('', 200000, 'x')} : $",
        },
      },
    ],
    { retry: { attempts: 1 } },
  );
  await platform.json(
    "POST",
    "/v1/topics/hostile/events",
    [0, 1, 2, 3].map((n) => ({ id: `h-${n}`, n })),
  );

  expect(await settled("hostile")).toMatchObject({ delivered: 2, dead: 2 });
  const { body } = await platform.json<{ deadLetters: { eventId: string; error: string; step: string }[] }>(
    "GET",
    "/v1/dead-letters?pipeline=hostile",
  );
  expect(body.deadLetters.every(({ step }) => step === "steps[0] (map)")).toBe(true);
});
