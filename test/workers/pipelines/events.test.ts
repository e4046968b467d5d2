import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { refOf, type Fields } from "../../../core/collection.ts";
import type { PipelineSpec } from "../../../core/contracts/pipelines.ts";
import { shardOf } from "../../../core/document/route.ts";
import worker from "../../../decorators/pipelines/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env } = workerUnderTest<PipelinesBindings, typeof import("../../../decorators/pipelines/index.ts")>();

const event = (id: string, data?: object, change: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: "1.0",
  id,
  source: "/tests",
  type: "test",
  ...(data === undefined ? {} : { data }),
  ...change,
});

/** More than one branch asks at a time. */
const SHARDS = 8;

const unique = (kind: string): string => `${kind}-${crypto.randomUUID()}`;

/** A topic, a collection, and a pipeline between them. */
class Setup {
  readonly topic = unique("topic");
  readonly pipeline = unique("pipeline");
  readonly collection = unique("collection");

  async declare(
    change: Partial<PipelineSpec> = {},
    fields: Fields = { year: { type: "number" } },
  ): Promise<this> {
    await this.putCollection(fields);
    await this.putPipeline(change);
    return this;
  }

  async putCollection(fields: Fields): Promise<void> {
    await env.CATALOG.putCollection(this.collection, {
      layout: "documents",
      shards: SHARDS,
      replicas: 1,
      fields,
    });
  }

  /** As the root does it. */
  async deleteCollection(): Promise<void> {
    const answer = await env.CATALOG.deleteCollection(this.collection);
    if (!answer.ok) throw new Error(answer.message);
    await env.DOCUMENTS.open().purge(answer.collection.id, [...Array(SHARDS).keys()], [0]);
  }

  async putPipeline(change: Partial<PipelineSpec> = {}): Promise<void> {
    const steps = [{ use: "defaults", with: { level: "info" } }];
    const deliver = [{ collection: this.collection }];
    await env.CATALOG.putPipeline(this.pipeline, { topic: this.topic, steps, deliver, ...change });
    await env.JOURNAL.pipelinesChanged(this.topic);
  }

  async publish(...events: CloudEvent[]): Promise<void> {
    const answer = await env.JOURNAL.append(this.topic, events);
    if (!answer.ok) throw new Error(answer.message);
  }

  async state(id: string) {
    const answer = await env.JOURNAL.eventState(this.topic, id);
    if (!answer.ok) throw new Error(answer.message);
    return answer.event;
  }

  /** Waits until nothing is in flight, and answers with the topic's counts. */
  async settled() {
    return vi.waitFor(
      async () => {
        const counts = await env.JOURNAL.counts(this.topic);
        if (counts.inFlight > 0) throw new Error(`${counts.inFlight} events are in flight`);
        return counts;
      },
      { timeout: 50_000, interval: 20 },
    );
  }

  async document(id: string): Promise<unknown> {
    const collection = await env.CATALOG.getCollection(this.collection);
    if (collection === null) throw new Error("the collection is gone");
    const answer = await env.DOCUMENTS.open().getDocument(
      refOf(collection),
      shardOf(collection, id),
      id,
      20_000,
    );
    if (!answer.ok) throw new Error(answer.message);
    return answer.document === null ? null : JSON.parse(answer.document.json);
  }
}

async function handle(...bodies: unknown[]) {
  const messages = bodies.map((body, n) => ({ id: String(n), timestamp: new Date(0), attempts: 1, body }));
  const batch = createMessageBatch("umbel-events", messages);
  const context = createExecutionContext();
  await worker.queue(batch, env);
  return getQueueResult(batch, context);
}

beforeEach(() => {
  for (const method of ["error", "warn"] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("an event", () => {
  it("becomes a document, with its defaults filled in", async () => {
    const setup = await new Setup().declare();
    await setup.publish(event("e1", { id: "d1", year: 1975 }), event("e2", { level: "warn" }), event("e3"));

    expect(await setup.settled()).toEqual({ accepted: 3, delivered: 3, filtered: 0, dead: 0, inFlight: 0 });
    expect(await setup.document("d1")).toEqual({ id: "d1", year: 1975, level: "info" });
    expect(await setup.document("e2")).toEqual({ id: "e2", level: "warn" });
    expect(await setup.document("e3")).toEqual({ id: "e3", level: "info" });
  });

  it("that the filter does not let through is filtered, and no document", async () => {
    const setup = await new Setup().declare({ filter: "data.year > 2000" });
    await setup.publish(event("old", { year: 1999 }), event("new", { year: 2001 }));

    expect(await setup.settled()).toMatchObject({ delivered: 1, filtered: 1 });
    expect(await setup.document("old")).toBeNull();
    expect(await setup.document("new")).toMatchObject({ year: 2001 });
  });

  it("that can't become a document is dead, with the reason, and its neighbours are delivered", async () => {
    const setup = await new Setup().declare();
    await setup.publish(
      event("1", { year: 1 }),
      event("2", { year: "old" }),
      event("3", [1]),
      event("4", { year: 4 }),
    );

    expect(await setup.settled()).toMatchObject({ delivered: 2, dead: 2 });
    expect(await setup.document("1")).toMatchObject({ year: 1 });
    expect(await setup.document("4")).toMatchObject({ year: 4 });
    expect(await setup.state("2")).toMatchObject({
      state: "dead",
      pipelines: [{ name: setup.pipeline, version: 1, attempts: 1, error: "year: must be a number" }],
    });
    expect(await setup.state("3")).toMatchObject({ state: "dead" });
  });

  it("goes through every pipeline that listens, and each has its own outcome", async () => {
    const first = await new Setup().declare();
    const second = await new Setup().declare({ topic: first.topic, filter: "type = 'other'" });
    await env.JOURNAL.pipelinesChanged(first.topic);
    await first.publish(event("1", {}));
    await first.settled();

    const { state, pipelines } = await first.state("1");
    expect(state).toBe("delivered");
    expect(Object.fromEntries(pipelines.map((pipeline) => [pipeline.name, pipeline.state]))).toEqual({
      [first.pipeline]: "delivered",
      [second.pipeline]: "filtered",
    });
  });

  it("of hundreds in a batch becomes its own document, on its own shard", async () => {
    const setup = await new Setup().declare();
    const events = Array.from({ length: 300 }, (_, n) => event(`e${n}`, { id: `d${n}`, n }));
    await setup.publish(...events);

    expect(await setup.settled()).toMatchObject({ accepted: 300, delivered: 300 });
    for (const n of [0, 1, 150, 299])
      expect(await setup.document(`d${n}`)).toEqual({ id: `d${n}`, n, level: "info" });
  });

  it("meets its pipeline's newest version", async () => {
    const setup = await new Setup().declare();
    await setup.publish(event("1", {}));
    await setup.settled();
    await setup.putPipeline({ steps: [{ use: "defaults", with: { level: "debug" } }] });
    await setup.publish(event("2", {}));
    await setup.settled();

    expect(await setup.document("2")).toEqual({ id: "2", level: "debug" });
    expect(await setup.state("2")).toMatchObject({ pipelines: [{ version: 2 }] });
  });
});

describe("a collection", () => {
  it("that has changed since it was last written to is written to as it is now", async () => {
    const setup = await new Setup().declare();
    await setup.publish(event("1", {}));
    await setup.settled();
    await setup.putCollection({ year: { type: "number" }, level: { type: "keyword" } });
    await setup.publish(event("2", {}));

    expect(await setup.settled()).toMatchObject({ delivered: 2 });
    expect(await setup.document("2")).toEqual({ id: "2", level: "info" });
  });

  it("that was made again gets the documents, and not its predecessor", async () => {
    const setup = await new Setup().declare();
    await setup.publish(event("1", {}));
    await setup.settled();
    await setup.deleteCollection();
    await setup.putCollection({});
    await setup.publish(event("2", {}));
    await setup.settled();

    expect(await setup.document("2")).toEqual({ id: "2", level: "info" });
    expect(await setup.document("1")).toBeNull();
  });

  it("that is not there is tried again, until it is", async () => {
    const setup = new Setup();
    await setup.putPipeline();
    await setup.publish(event("1", {}));
    await vi.waitFor(
      async () => {
        expect(await setup.state("1")).toMatchObject({
          state: "accepted",
          pipelines: [{ error: `There is no collection "${setup.collection}".` }],
        });
      },
      { timeout: 50_000 },
    );
    await setup.putCollection({});

    expect(await setup.settled()).toMatchObject({ delivered: 1 });
    expect((await setup.state("1")).pipelines[0]?.attempts).toBeGreaterThan(1);
    expect(await setup.document("1")).toEqual({ id: "1", level: "info" });
  });
});

describe("a pipeline", () => {
  it("that is deleted before it was through with an event leaves that dead, with the reason", async () => {
    const setup = new Setup();
    await setup.putPipeline();
    await setup.publish(event("1", {}));
    await env.CATALOG.deletePipeline(setup.pipeline);

    // Until then it was tried again, since there is no collection.
    expect(await setup.settled()).toMatchObject({ dead: 1 });
    expect((await setup.state("1")).pipelines[0]?.error).toMatch(/deleted/);
  });
});

describe("a message", () => {
  const bodyOf = (setup: Setup, ...events: CloudEvent[]): string =>
    JSON.stringify({
      topic: setup.topic,
      pipeline: setup.pipeline,
      version: 1,
      events: events.map((each, index) => ({
        sequence: 1,
        index,
        failures: 0,
        waits: 0,
        acceptedAt: 0,
        event: each,
      })),
    });

  it("that comes again changes nothing", async () => {
    const setup = await new Setup().declare();
    const events = [event("1", { id: "a", year: 1 }), event("2", { year: "old" })];
    await setup.publish(...events);
    const counts = await setup.settled();
    await handle(bodyOf(setup, ...events), bodyOf(setup, ...events));

    expect(await env.JOURNAL.counts(setup.topic)).toEqual(counts);
    expect(await setup.state("1")).toMatchObject({ state: "delivered", pipelines: [{ attempts: 1 }] });
    expect(await setup.document("a")).toEqual({ id: "a", year: 1, level: "info" });
  });

  it("that no journal wrote is acknowledged, and delivers its neighbours", async () => {
    const setup = await new Setup().declare();
    const result = await handle("garbage", { some: "thing" }, bodyOf(setup, event("1", {})));

    expect(result).toMatchObject({ outcome: "ok", ackAll: true, retryMessages: [] });
    expect(await setup.document("1")).toEqual({ id: "1", level: "info" });
  });
});
