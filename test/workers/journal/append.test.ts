import { TOPIC_DEFAULTS } from "../../../core/contracts/topic-settings.ts";
import { describe, expect, it, vi } from "vitest";
import { runInDurableObject } from "cloudflare:test";
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from "../../../core/cloudevents/limits.ts";
import { LEASE_FIRST_MS } from "../../../shard-workers/journal/limits.ts";
import { event, journal, pass, Topic, type Handed } from "./topic.ts";

const idsOf = (handed: Handed[]): string[] => handed.map((each) => each.event.id);

describe("accepted events", () => {
  it("are handed to the pipeline that listens, as they are", async () => {
    const topic = new Topic();
    await topic.listen("p");
    const full = event("1", { subject: "s", data: { text: 'é\n\u2028"', list: [1, null] }, extension: true });
    const bytes = event("2", { datacontenttype: "image/png", data_base64: "AAECAw==" });

    expect(await topic.append(full, bytes)).toEqual({
      ok: true,
      accepted: [
        { id: "1", source: "/tests" },
        { id: "2", source: "/tests" },
      ],
      pipelines: ["p"],
    });
    expect(await topic.take(2)).toEqual(
      [full, bytes].map((each, index) => ({
        topic: topic.name,
        pipeline: "p",
        version: 1,
        sequence: 1,
        index,
        failures: 0,
        waits: 0,
        acceptedAt: expect.any(Number),
        event: each,
      })),
    );
  });

  it("are one row in the log, and nothing else is written for them", async () => {
    const topic = new Topic();
    await topic.listen("p", "q");
    await topic.append(...Array.from({ length: 100 }, (_, n) => event(String(n))));

    expect(await topic.query("SELECT sequence, count FROM log")).toEqual([{ sequence: 1, count: 100 }]);
    expect(
      await topic.query("SELECT * FROM blocks UNION ALL SELECT sequence, 0, 0, 0, 0, 0, 0 FROM troubles"),
    ).toEqual([]);
  });

  it("are there after a restart, with an alarm that hands them over again", async () => {
    const topic = new Topic();
    await topic.listen("p");
    await topic.append(event("1"));
    await topic.restart();

    expect(await topic.state("1")).toMatchObject({
      state: "accepted",
      pipelines: [{ name: "p", attempts: 0 }],
    });
    expect(await topic.alarmIn()).toBeLessThanOrEqual(LEASE_FIRST_MS);
  });

  it("go to each pipeline by itself", async () => {
    const topic = new Topic();
    await topic.listen("p", "q");
    const { pipelines } = await topic.append(event("1"), event("2"));
    const handed = await topic.take(4);

    expect(pipelines).toEqual(["p", "q"]);
    expect(
      Map.groupBy(handed, ({ pipeline }) => pipeline)
        .get("q")
        ?.map((each) => each.event.id),
    ).toEqual(["1", "2"]);
  });

  it("that nobody listens to are filtered at once", async () => {
    const topic = new Topic();
    const { pipelines } = await topic.append(event("1"));

    expect(pipelines).toEqual([]);
    expect(await topic.state("1")).toEqual({ id: "1", source: "/tests", state: "filtered", pipelines: [] });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 1,
      delivered: 0,
      filtered: 1,
      dead: 0,
      inFlight: 0,
    });
  });

  it("are packed into as few messages as hold them, however many and large", async () => {
    const topic = new Topic();
    await topic.listen("p");
    const text = "x".repeat(3_000);
    await topic.append(
      ...Array.from({ length: BATCH_EVENTS_MAX }, (_, n) => event(String(n), { data: { text } })),
    );

    expect(idsOf(await topic.take(BATCH_EVENTS_MAX)).toSorted()).toEqual(
      Array.from({ length: BATCH_EVENTS_MAX }, (_, n) => String(n)).toSorted(),
    );
    expect(await topic.query("SELECT count(*) AS rows, sum(count) AS events FROM log")).toEqual([
      { rows: 3, events: BATCH_EVENTS_MAX },
    ]);
  });

  it("meet a pipeline that was declared just before", async () => {
    const topic = new Topic();
    await topic.append(event("1"));
    await topic.listen("p");
    await topic.append(event("2"));

    expect(idsOf(await topic.take(1))).toEqual(["2"]);
    expect(await topic.state("1")).toMatchObject({ state: "filtered" });
  });
});

describe("an event that comes again", () => {
  it("is answered for, and not handed over twice", async () => {
    const topic = new Topic();
    await topic.listen("p");
    await topic.append(event("1"));
    await topic.take(1);
    const { accepted } = await topic.append(event("1", { data: "another" }), event("2"), event("2"));

    expect(accepted).toEqual([
      { id: "1", source: "/tests", duplicate: true },
      { id: "2", source: "/tests" },
      { id: "2", source: "/tests", duplicate: true },
    ]);
    expect(idsOf(await topic.takeUntilMarker())).toEqual(["2"]);
    expect(await journal.counts(topic.name)).toMatchObject({ accepted: 3 });
  });

  it("is known after a restart", async () => {
    const topic = new Topic();
    await topic.append(event("1"), event("2"));
    await topic.append(event("3"));
    await topic.restart();

    expect((await topic.append(event("2"), event("3"))).accepted).toEqual([
      { id: "2", source: "/tests", duplicate: true },
      { id: "3", source: "/tests", duplicate: true },
    ]);
  });

  it("from another source is another event", async () => {
    const topic = new Topic();
    await topic.append(event("1"));
    const { accepted } = await topic.append(event("1", { source: "/others" }));

    expect(accepted).toEqual([{ id: "1", source: "/others" }]);
  });

  it("after the window is a new event", async () => {
    const topic = new Topic();
    await topic.append(event("1"));
    const clock = pass(TOPIC_DEFAULTS.dedupeMs + 1);
    const { accepted } = await topic.append(event("1"));
    clock.mockRestore();

    expect(accepted).toEqual([{ id: "1", source: "/tests" }]);
  });
});

describe("nothing is taken", () => {
  it("when the Catalog can't say who listens", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const topic = new Topic();
    const failed = await runInDurableObject(topic.stub, async (instance) => {
      const bindings: unknown = Reflect.get(instance, "env");
      if (typeof bindings !== "object" || bindings === null) throw new Error("a Durable Object has bindings");
      const catalog: unknown = Reflect.get(bindings, "CATALOG");
      Reflect.set(bindings, "CATALOG", { pipelinesOf: async () => Promise.reject(new Error("away")) });
      try {
        return await instance.append(topic.name, [{ id: "1", source: "/tests", json: "{}", bytes: 2 }]);
      } finally {
        Reflect.set(bindings, "CATALOG", catalog);
      }
    });

    expect(failed).toMatchObject({ ok: false, code: "unavailable" });
    expect(await journal.eventState(topic.name, "1")).toMatchObject({ ok: false, code: "unknown-event" });
    expect(await journal.counts(topic.name)).toMatchObject({ accepted: 0 });
  });

  it("of a batch with an event that no message can carry, which is named", async () => {
    const topic = new Topic();
    const large = event("2", { data: "x".repeat(EVENT_BYTES_MAX * 2) });

    expect(await journal.append(topic.name, [event("1"), large])).toMatchObject({
      ok: false,
      code: "event-too-large",
      errors: [{ path: "[1]" }],
    });
    expect(await journal.counts(topic.name)).toMatchObject({ accepted: 0 });
  });

  it("of more events than a batch may have", async () => {
    const many = Array.from({ length: BATCH_EVENTS_MAX + 1 }, (_, n) => event(String(n)));

    expect(await journal.append(new Topic().name, many)).toMatchObject({
      ok: false,
      code: "batch-too-large",
    });
  });

  it("and nothing is left of a topic that was only asked about", async () => {
    const topic = new Topic();

    expect(await journal.eventState(topic.name, "1")).toMatchObject({ ok: false, code: "unknown-event" });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 0,
      delivered: 0,
      filtered: 0,
      dead: 0,
      inFlight: 0,
    });
    expect(
      await topic.query("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'"),
    ).toEqual([]);
  });
});

it("says that it is there", async () => {
  expect(await journal.ping()).toBe(true);
});
