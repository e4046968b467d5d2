import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadExamples } from "../../examples/load.mjs";
import { startPlatform, type Platform } from "../support/platform.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";

let platform: Platform;
let receiver: Receiver;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05, vars: { UMBEL_WEBHOOKS_PRIVATE: "1" } });
  receiver = await startReceiver();
  vi.stubEnv("UMBEL_EXAMPLE_WEBHOOK", receiver.url);
  await loadExamples({ address: platform.url, key: platform.key });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the example of orders", () => {
  it("validates, enriches from a collection, redacts, and delivers to a collection and a webhook", async () => {
    const order = { id: "o-1", item: "lamp", customerId: "ada", card: "4111 1111 1111 1111" };
    await platform.json("POST", "/v1/topics/orders/events", order);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 10_000 });

    const stored = await platform.json("GET", "/v1/collections/orders/documents/o-1");
    expect(stored.body).toMatchObject({
      item: "lamp",
      quantity: 1,
      currency: "EUR",
      customer: { name: "Ada Lovelace", tier: "gold" },
    });
    expect(JSON.stringify(stored.body)).not.toContain("4111 1111");
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ data: stored.body as object });
  });

  it("refuses what is no order", async () => {
    await platform.json("POST", "/v1/topics/orders/events", { id: "o-2", quantity: 0 });
    let deadLetters: unknown[] = [];
    for (let attempt = 0; attempt < 100 && deadLetters.length === 0; attempt++) {
      await sleep(50);
      const { body } = await platform.json<{ deadLetters: unknown[] }>(
        "GET",
        "/v1/dead-letters?pipeline=orders",
      );
      ({ deadLetters } = body);
    }
    expect(deadLetters).toMatchObject([
      { step: "steps[0] (json-schema)", error: expect.stringContaining("item") },
    ]);
  });
});

it("the example of request defaults answers with the request that it has filled in", async () => {
  const { status, body } = await platform.json("POST", "/v1/pipelines/request-defaults/invoke", {
    q: " lamp ",
  });

  expect(status).toBe(200);
  expect(body).toEqual({ q: "lamp", limit: 10, lang: "en", sort: { by: "relevance", descending: true } });
});

it("what is loaded stays as it is when it is loaded again", async () => {
  await loadExamples({ address: platform.url, key: platform.key });

  expect((await platform.json("GET", "/v1/pipelines/orders")).body).toMatchObject({ version: 1 });
});

describe("the example functions", () => {
  it("guess the language of a review on its way into a collection", async () => {
    await platform.json("POST", "/v1/topics/reviews/events", [
      { id: "r-1", text: "Le film n'est pas mauvais, mais il est très long.", stars: 3 },
    ]);
    await vi.waitFor(
      async () =>
        expect((await platform.json("GET", "/v1/collections/reviews/documents/r-1")).body).toMatchObject({
          language: "fr",
          stars: 3,
        }),
      { timeout: 10_000 },
    );
  });

  it.each(readdirSync("examples/functions").filter((name) => name.endsWith(".ts")))(
    "%s is there, and has passed its examples",
    async (file) => {
      const path = `/v1/functions/${file.replace(/\.ts$/, "")}`;
      const { status, body } = await platform.json("GET", path);

      expect(status).toBe(200);
      expect(body).toMatchObject({ fitness: { stepsMax: expect.any(Number) } });
      expect((body as { examples: object[] }).examples.length).toBeGreaterThan(0);
    },
  );

  it("are run by each command of their README, which is answered with what it says", async () => {
    const readme = readFileSync("examples/functions/README.md", "utf8");
    const calls = [...readme.matchAll(/^umbel "?\$UMBEL(\S+?)"? -d '([^']+)'\n# → (.+)$/gm)];
    expect(calls.length).toBeGreaterThanOrEqual(4);
    for (const [, path = "", body = "", answer = ""] of calls) {
      const { status, body: given } = await platform.json<{ result: unknown }>(
        "POST",
        path,
        JSON.parse(body),
      );

      expect(status, path).toBe(200);
      expect(given.result, path).toMatchObject(JSON.parse(answer) as object);
    }
  });
});

describe("the example of a second factor", () => {
  it("sends the code to the number of an account that has one, and nothing for others", async () => {
    for (const account of ["nobody", "ada"]) {
      const { status } = await platform.json("POST", "/v1/identity/challenges", { account });
      expect(status).toBe(202);
    }
    const find = async () =>
      (
        await platform.json<{ hits: { document: { subject: string; text: string } }[] }>(
          "POST",
          "/v1/collections/_mailbox/search",
          { filter: "topic = 'identity.challenge'" },
        )
      ).body.hits ?? [];
    await vi.waitFor(async () => expect(await find()).toHaveLength(1), { timeout: 10_000, interval: 50 });

    expect((await find())[0]?.document).toMatchObject({
      subject: "To +44 20 7946 0018",
      text: expect.stringMatching(/^\d{6} is your code for login\. Tell it to nobody\.$/),
    });
    await vi.waitFor(
      async () =>
        expect((await platform.json("GET", "/v1/topics/identity.challenge")).body).toMatchObject({
          events: { accepted: 2, delivered: 1, filtered: 1, dead: 0 },
        }),
      { timeout: 10_000, interval: 50 },
    );
  });
});
