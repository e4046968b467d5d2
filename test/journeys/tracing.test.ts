/** Traces, as a collector and a receiver of webhooks see them. */
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseTraceparent } from "../../core/tracing/trace-context.ts";
import { startCollector, type CollectedSpan, type Collector } from "../support/collector.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";

const PARENT = "00f067aa0ba902b7";
const SECRET = "s3cret-of-a-customer";

let platform: Platform;
let collector: Collector;
let hook: Receiver;
let trace = 0;
let traceId = "";

beforeAll(async () => {
  collector = await startCollector();
  hook = await startReceiver();
  platform = await startPlatform({
    queueBatchTimeoutS: 0.05,
    vars: {
      UMBEL_WEBHOOKS_PRIVATE: "1",
      UMBEL_FAULTS: "1",
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc",
    },
  });
  const put = async (path: string, body: object) => {
    const answer = await platform.json("PUT", path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  };
  await put("/v1/collections/films", {
    shards: 2,
    replicas: 2,
    fields: { title: { type: "text" }, n: { type: "number" } },
  });
  await put("/v1/collections/orders", { shards: 1, fields: {} });
  const code = `
    export const decorate = (e) => ({ ...e, data: { ...e.data, checked: true } });
    export const map = (films) => films.length;
    export const reduce = (counts) => counts.reduce((sum, each) => sum + each, 0);`;
  await put("/v1/functions/check", { modules: { "index.js": code } });
  await put("/v1/pipelines/orders", {
    topic: "orders",
    steps: [
      { use: "defaults", with: { level: "info" } },
      { use: "function:check" },
      {
        use: "route",
        with: { routes: [{ when: "data.large = TRUE", to: [{ topic: "large" }, { collection: "orders" }] }] },
      },
    ],
    deliver: [{ collection: "orders" }, { webhook: { url: hook.url, retryDelaysMs: [20, 20] } }],
  });
  await put("/v1/pipelines/large", {
    topic: "large",
    steps: [],
    deliver: [{ webhook: { url: `${hook.url}/large` } }],
  });
  const documents = Array.from({ length: 40 }, (_, n) => ({ id: `f${n}`, title: `heat ${n}`, n }));
  const written = await platform.json("POST", "/v1/collections/films/documents", documents);
  expect(written.status).toBe(200);
});

beforeEach(() => {
  trace += 1;
  traceId = `4bf92f3577b34da6a3ce929d0e0e${String(trace).padStart(4, "0")}`;
  hook.answer = () => ({ status: 204 });
});

const traced = () => ({ traceparent: `00-${traceId}-${PARENT}-01` });

/** The trace's spans, when what is looked for has come, and no parent of any is missing any longer. */
async function spansWhen(holds: (spans: CollectedSpan[]) => boolean, id = traceId): Promise<CollectedSpan[]> {
  let spans: CollectedSpan[] = [];
  await vi.waitFor(
    () => {
      spans = collector.spansOf(id);
      expect(holds(spans), JSON.stringify(spans.map(({ name }) => name))).toBe(true);
      expect(orphans(spans)).toEqual([]);
    },
    { timeout: 50_000, interval: 50 },
  );
  return spans;
}

const named = (spans: readonly CollectedSpan[], name: string) => spans.filter((span) => span.name === name);
const only = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const [first, ...more] = named(spans, name);
  if (first === undefined || more.length > 0) throw new Error(`there are ${more.length + 1} of ${name}`);
  return first;
};
const orphans = (spans: readonly CollectedSpan[]) => {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(
    ({ parentSpanId }) => parentSpanId !== undefined && parentSpanId !== PARENT && !ids.has(parentSpanId),
  );
};
const hooked = () => hook.received.filter(({ headers }) => String(headers["traceparent"]).includes(traceId));

/** One root, ids that differ, no time before its parent's, and nothing that is the user's. */
function expectSane(spans: readonly CollectedSpan[]): void {
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(
    spans.filter(({ parentSpanId }) => parentSpanId === PARENT || parentSpanId === undefined),
  ).toHaveLength(1);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const span of spans) {
    const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
    expect(end >= start, span.name).toBe(true);
    const parent = byId.get(span.parentSpanId ?? "");
    if (parent !== undefined)
      expect(start >= BigInt(parent.startTimeUnixNano), `${span.name} in ${parent.name}`).toBe(true);
  }
  const text = JSON.stringify(spans);
  for (const secret of [SECRET, "test-key", "whsec_", "Bearer", "/hook"]) expect(text).not.toContain(secret);
}

const publish = (data: object, headers: Record<string, string>) =>
  platform.json("POST", "/v1/topics/orders/events", { ...data, card: SECRET }, headers);

describe("an event", () => {
  it("takes its request's trace through steps and deliveries, and a webhook is told the delivery's span", async () => {
    const answer = await publish({ id: "a" }, traced());
    expect(answer.status).toBe(202);
    const spans = await spansWhen((each) => named(each, "delivery").length === 2);

    expectSane(spans);
    const server = only(spans, "POST /v1/topics/{topic}/events");
    const run = only(spans, "pipeline run");
    expect(server).toMatchObject({ service: "umbel", kind: 2, parentSpanId: PARENT });
    expect(parseTraceparent(answer.headers.get("traceparent"))).toMatchObject({
      traceId,
      spanId: server.spanId,
    });
    expect(run).toMatchObject({ service: "umbel-pipelines", kind: 5, parentSpanId: server.spanId });
    expect(run.attributes).toMatchObject({
      "umbel.pipeline": "orders",
      "messaging.destination.name": "orders",
    });
    expect(
      named(spans, "step").map((step) => [step.parentSpanId, step.attributes["umbel.decorator"]]),
    ).toEqual([
      [run.spanId, "defaults"],
      [run.spanId, "function:check"],
      [run.spanId, "route"],
    ]);
    const deliveries = named(spans, "delivery");
    expect(deliveries.map(({ parentSpanId }) => parentSpanId)).toEqual([run.spanId, run.spanId]);
    const toHook = deliveries.find((each) => String(each.attributes["umbel.sink"]).startsWith("webhook:"));
    expect(hooked().map(({ headers }) => headers["traceparent"])).toEqual([
      `00-${traceId}-${toHook?.spanId}-01`,
    ]);
  });

  it("that is delivered again has a run and a delivery for each attempt", async () => {
    let refused = 0;
    hook.answer = () => ({ status: refused++ < 2 ? 500 : 204 });
    await publish({ id: "b" }, traced());
    const spans = await spansWhen((each) => named(each, "pipeline run").length === 3);

    expectSane(spans);
    const server = only(spans, "POST /v1/topics/{topic}/events");
    const runs = named(spans, "pipeline run");
    expect(runs.every(({ parentSpanId }) => parentSpanId === server.spanId)).toBe(true);
    expect(runs.map(({ attributes, status }) => [attributes["umbel.attempt"], status?.message])).toEqual([
      [1, "failed"],
      [2, "failed"],
      [3, undefined],
    ]);
    const tries = named(spans, "delivery").filter(
      ({ attributes }) => attributes["umbel.sink"] !== "collection:orders",
    );
    expect(tries.map(({ status }) => status?.message)).toEqual(["failed", "failed", undefined]);
    expect(hooked().map(({ headers }) => headers["traceparent"])).toEqual(
      tries.map(({ spanId }) => `00-${traceId}-${spanId}-01`),
    );
  });

  it("that is routed to another topic stays in the trace there, below its delivery", async () => {
    await publish({ id: "c", large: true }, traced());
    const spans = await spansWhen(
      (each) => named(each, "pipeline run").length === 2 && named(each, "delivery").length === 3,
    );

    expectSane(spans);
    const toTopic = spans.find(({ attributes }) => attributes["umbel.sink"] === "topic:large");
    const further = spans.find(({ attributes }) => attributes["umbel.pipeline"] === "large");
    expect(further?.parentSpanId).toBe(toTopic?.spanId);
    const [received, ...more] = hooked();
    expect(more).toEqual([]);
    const last = spans.find(
      ({ spanId }) => spanId === parseTraceparent(received?.headers["traceparent"])?.spanId,
    );
    expect(last).toMatchObject({ name: "delivery", parentSpanId: further?.spanId });
  });

  it("of a caller without a trace begins one", async () => {
    const { headers } = await publish({ id: "d" }, {});
    const own = parseTraceparent(headers.get("traceparent"))?.traceId ?? "";
    traceId = own;
    const spans = await spansWhen((each) => named(each, "delivery").length === 2, own);

    expectSane(spans);
    expect(only(spans, "POST /v1/topics/{topic}/events").parentSpanId).toBeUndefined();
    expect(hooked()).toHaveLength(1);
  });

  it("of a trace that nobody records is in it, without spans", async () => {
    const unsampled = { traceparent: `00-${traceId}-${PARENT}-00` };
    const { headers } = await publish({ id: "e" }, unsampled);
    await vi.waitFor(() => expect(hooked()).toHaveLength(1), { timeout: 50_000, interval: 20 });

    expect(hooked()[0]?.headers["traceparent"]).toBe(headers.get("traceparent"));
    expect(collector.spansOf(traceId)).toEqual([]);
  });
});

describe("a search", () => {
  const search = (path = "search", body: object = { q: "heat", partial: "allow" }) =>
    platform.json("POST", `/v1/collections/films/${path}`, body, traced());

  it("has a span for each leaf, and below it one for each call", async () => {
    expect((await search()).status).toBe(200);
    const spans = await spansWhen((each) => named(each, "leaf search").length >= 2);

    expectSane(spans);
    const server = only(spans, "POST /v1/collections/{collection}/search");
    const leaves = named(spans, "leaf search");
    // A second wave asks them again.
    expect(new Set(leaves.map(({ attributes }) => attributes["umbel.shard"]))).toEqual(new Set([0, 1]));
    for (const leaf of leaves) {
      expect(leaf.parentSpanId).toBe(server.spanId);
      expect(spans.filter(({ parentSpanId }) => parentSpanId === leaf.spanId)).not.toHaveLength(0);
    }
  });

  it("of a function beside the data has them, too", async () => {
    expect(await search("scatter", { function: "check" })).toMatchObject({
      status: 200,
      body: { result: 40 },
    });
    const spans = await spansWhen((each) => named(each, "leaf scatter").length === 2);

    expectSane(spans);
    expect(named(spans, "leaf call")).not.toHaveLength(0);
  });

  it("shows the call that failed and the one that was made instead", async () => {
    await platform.json("PUT", "/v1/faults", { rules: [{ collection: "films", replica: 0, failRate: 1 }] });
    const failed: CollectedSpan[] = [];
    // Which replica is asked first is chance: until one was that fails.
    for (let attempt = 0; attempt < 20 && failed.length === 0; attempt++) {
      traceId = `5bf92f3577b34da6a3ce929d0e0e${String(attempt).padStart(4, "0")}`;
      expect((await search()).status).toBe(200);
      const spans = await spansWhen((each) => named(each, "leaf search").length >= 2);
      failed.push(...named(spans, "leaf call").filter(({ status }) => status !== undefined));
      if (failed.length === 0) continue;
      const retries = named(spans, "leaf call").filter(
        ({ attributes }) => attributes["umbel.call"] === "retry",
      );
      expect(retries.map(({ parentSpanId }) => parentSpanId)).toContain(failed[0]?.parentSpanId);
      expectSane(spans);
    }
    await platform.json("DELETE", "/v1/faults");
    expect(failed[0]?.attributes).toMatchObject({ "umbel.replica": 0, "umbel.call.state": "failed" });
  });
});

describe("a collector that", () => {
  const dropped = async () => {
    const text = await (await platform.fetch("/metrics")).text();
    return Number(/^umbel_spans_dropped_total (\d+)$/m.exec(text)?.[1] ?? 0);
  };

  it.each([
    ["refuses", { status: 500 }],
    ["points elsewhere", { status: 307, headers: { location: "http://127.0.0.1:9/" } }],
  ])("%s harms nothing, and what it did not take is counted", async (_, answer) => {
    const before = await dropped();
    collector.receiver.answer = () => answer;
    expect((await publish({ id: "x" }, traced())).status).toBe(202);
    await vi.waitFor(async () => expect(await dropped()).toBeGreaterThan(before), {
      timeout: 50_000,
      interval: 200,
    });
    expect(hooked().length).toBeLessThanOrEqual(1);
    collector.receiver.answer = () => ({ status: 200 });
  });

  it("does not answer holds no event up", async () => {
    collector.receiver.answer = () => ({ status: 200, delayMs: 60_000 });
    const before = collector.receiver.received.length;
    const sent = () => collector.receiver.received.slice(before).map(({ body }) => body);
    for (const [n, id] of ["y1", "y2", "y3"].entries()) {
      await publish({ id }, traced());
      await vi.waitFor(() => expect(hooked()).toHaveLength(n + 1), { timeout: 4_000, interval: 20 });
      // The others come while spans of the consumer of events are on their way.
      await vi.waitFor(() => expect(sent().join("")).toContain("umbel-pipelines"), { timeout: 50_000 });
    }
    collector.receiver.answer = () => ({ status: 200 });
  });
});
