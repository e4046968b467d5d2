import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadExamples } from "../../examples/load.mjs";
import { startPlatform, type Platform } from "../support/platform.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";

let platform: Platform;
let receiver: Receiver;
let messages: Receiver;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05, vars: { UMBEL_WEBHOOKS_PRIVATE: "1" } });
  receiver = await startReceiver();
  messages = await startReceiver();
  vi.stubEnv("UMBEL_EXAMPLE_WEBHOOK", receiver.url);
  vi.stubEnv("UMBEL_EXAMPLE_SMS", messages.url);
  await loadExamples({ address: platform.url, key: platform.key });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the example of orders", () => {
  it("validates, enriches from a collection, redacts, and delivers to a collection and a webhook", async () => {
    const order = { id: "o-1", item: "lamp", customerId: "ada", card: "4111 1111 1111 1111" };
    await platform.json("POST", "/v1/topics/orders/events", order);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 50_000 });
    // Neither sink waits for the other.
    const stored = await vi.waitFor(
      async () => {
        const answer = await platform.json("GET", "/v1/collections/orders/documents/o-1");
        expect(answer.status).toBe(200);
        return answer;
      },
      { timeout: 50_000 },
    );
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
    for (let attempt = 0; attempt < 1_000 && deadLetters.length === 0; attempt++) {
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
      { timeout: 50_000 },
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
    await vi.waitFor(async () => expect(await find()).toHaveLength(1), { timeout: 50_000, interval: 50 });

    expect((await find())[0]?.document).toMatchObject({
      subject: "To +44 20 7946 0018",
      text: expect.stringMatching(/^\d{6} is your code for login\. Tell it to nobody\.$/),
    });
    await vi.waitFor(
      async () =>
        expect((await platform.json("GET", "/v1/topics/identity.challenge")).body).toMatchObject({
          events: { accepted: 2, delivered: 1, filtered: 1, dead: 0 },
        }),
      { timeout: 50_000, interval: 50 },
    );
  });
});

describe("the graph of the examples, after one event each", () => {
  interface Edge {
    from: string;
    to: string;
    kind: string;
    declared: boolean;
    observed: boolean;
  }
  interface Graph {
    nodes: { id: string; declared: boolean }[];
    edges: Edge[];
  }
  const graphOf = async () => (await platform.json<Graph>("GET", "/v1/graph")).body;
  const arrow = ({ from, kind, to }: Edge) => `${from} ${kind} ${to}`;
  const seen = async (): Promise<string[]> =>
    (await graphOf()).edges.filter(({ observed }) => observed).map((edge) => arrow(edge));
  const eventually = <Value>(look: () => Promise<Value>): Promise<Value> =>
    vi.waitFor(look, { timeout: 50_000, interval: 100 });
  const signUp = () =>
    platform.json("POST", "/v1/signups", { email: "ada@example.com", name: "Ada", newsletter: true });

  const put = async (path: string, body: object) => {
    const answer = await platform.json("PUT", path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  };

  beforeAll(async () => {
    // What an uploaded function makes of an event decides where another pipeline's steps send it.
    const code = `export const decorate = (event) => ({ ...event, data: { ...event.data, to: "vip" } });`;
    await put("/v1/functions/choose", { modules: { "index.js": code } });
    await put("/v1/pipelines/by-choice", {
      topic: "unused",
      steps: [{ use: "route", with: { routes: [{ when: "data.to = 'vip'", to: { topic: "vip" } }] } }],
      deliver: [{ reply: true }],
    });
    await put("/v1/pipelines/choices", {
      topic: "choices",
      steps: [{ use: "function:choose" }, { use: "pipeline", with: { pipeline: "by-choice" } }],
      deliver: [{ reply: true }],
    });
    await platform.json("POST", "/v1/topics/choices/events", { n: 1 });
    // What no test above has sent an event through.
    await platform.json("POST", "/v1/topics/requests/events", { q: " lamp " });
    await signUp();
    const token = await eventually(async () => {
      const { body } = await platform.json<{ hits: { document: { text: string } }[] }>(
        "POST",
        "/v1/collections/_mailbox/search",
        { filter: "pipeline = 'signup'" },
      );
      const [, found] = /#(\S+)/.exec(body.hits[0]?.document.text ?? "") ?? [];
      if (found === undefined) throw new Error("there is no mail yet");
      return found;
    });
    expect((await platform.json("POST", "/v1/signups/verify", { token })).status).toBe(200);
    await eventually(async () =>
      expect(await seen()).toContain("pipeline:signup-users delivers collection:users"),
    );
    await signUp();
  });

  it("has everything that is declared as seen, and what nobody declares as that", async () => {
    await eventually(async () => {
      const { edges } = await graphOf();
      const never = edges.filter(({ observed }) => !observed).map((edge) => arrow(edge));
      // The pipeline that only others call had no event of its own.
      expect(never).toEqual([
        "pipeline:by-choice delivers topic:vip",
        "topic:unused takes pipeline:by-choice",
      ]);
    });
    const { edges, nodes } = await graphOf();
    const undeclared = edges.filter(({ declared }) => !declared).map((edge) => arrow(edge));
    expect(undeclared).toEqual(["pipeline:choices delivers topic:vip"]);
    const ids = nodes.map(({ id }) => id);
    for (const file of readdirSync("examples/pipelines"))
      expect(ids).toContain(`pipeline:${file.replace(".json", "")}`);
    expect(edges.map((edge) => arrow(edge))).toEqual(
      expect.arrayContaining([
        "topic:orders takes pipeline:orders",
        "collection:customers reads pipeline:orders",
        "pipeline:orders runs decorator:redact",
        "pipeline:orders delivers collection:orders",
        `pipeline:orders delivers webhook:${new URL(receiver.url).host}`,
        "pipeline:reviews runs function:language-guess",
        "topic:identity.challenge takes pipeline:identity-challenges",
        "pipeline:identity-challenges delivers email:email",
        "pipeline:signup-welcome delivers collection:_events",
        "pipeline:choices calls pipeline:by-choice",
      ]),
    );
  });

  it("refuses who would close a cycle, with the way round", async () => {
    const closing = { topic: "vip", steps: [], deliver: [{ topic: "choices" }] };
    const { status, body } = await platform.json<{ code: string; detail: string }>(
      "PUT",
      "/v1/pipelines/closing",
      closing,
    );

    expect({ status, code: body.code }).toEqual({ status: 422, code: "pipeline-cycle" });
    for (const name of ["vip", "closing", "choices"]) expect(body.detail).toContain(name);
  });

  it("is drawn", async () => {
    const picture = await (await platform.fetch("/v1/graph?format=svg")).text();
    const diagram = await (await platform.fetch("/v1/graph?format=mermaid")).text();
    for (const text of [picture, diagram]) expect(text).toContain("identity-challenges");
  });
});
