import { runInDurableObject } from "cloudflare:test";
import { TOPIC_DEFAULTS } from "../../../core/contracts/topic-settings.ts";
import { describe, expect, it } from "vitest";
import { BLOCK_ROWS, LEASE_FIRST_MS } from "../../../shard-workers/journal/limits.ts";
import { JournalStore } from "../../../shard-workers/journal/store.ts";
import { event, journal, pass, Topic, type Handed } from "./topic.ts";

/** Two full blocks of events, and a third with one. */
const COUNT = BLOCK_ROWS * 2;

async function filled(): Promise<{ topic: Topic; handed: Handed[] }> {
  const topic = new Topic();
  await topic.listen("p");
  // Sequences begin at 1, so that the first block has a row less.
  for (let n = 0; n < COUNT; n++) await topic.append(event(String(n), { data: { n } }));
  return { topic, handed: await topic.take(COUNT) };
}

const rowsOf = async (topic: Topic): Promise<number> =>
  (await topic.query("SELECT sequence FROM log")).length;

describe("settled events", () => {
  it("go after their retention, and the ledger keeps their counts", async () => {
    const { topic, handed } = await filled();
    await topic.deliver(...handed);
    await topic.alarmAfter(TOPIC_DEFAULTS.retentionMs - 60_000);
    expect(await rowsOf(topic)).toBe(COUNT);

    await topic.alarmAfter(TOPIC_DEFAULTS.retentionMs + 60_000);
    expect(await rowsOf(topic)).toBe(1);
    expect(await topic.query("SELECT block FROM blocks")).toEqual([{ block: 2 }]);
    expect(await journal.eventState(topic.name, "0")).toMatchObject({ ok: false, code: "unknown-event" });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: COUNT,
      delivered: COUNT,
      filtered: 0,
      dead: 0,
      inFlight: 0,
    });
  });

  it("are awaited by an alarm when nothing else is", async () => {
    const { topic, handed } = await filled();
    await topic.deliver(...handed);
    await topic.alarmAfter(LEASE_FIRST_MS * 2);

    expect(await topic.alarmIn()).toBeGreaterThan(TOPIC_DEFAULTS.retentionMs - 60_000);
    expect(await topic.alarmIn()).toBeLessThanOrEqual(TOPIC_DEFAULTS.retentionMs);
  });

  it("stay longer where some of their block died, and for good where some is in flight", async () => {
    const { topic, handed } = await filled();
    const [first, second] = handed;
    const last = handed.at(-2);
    if (first === undefined || second === undefined || last === undefined)
      throw new Error("events were handed over");
    await topic.confirm(first, { dead: [{ index: 0, error: "no" }] });
    await topic.deliver(...handed.filter((each) => each !== first && each !== last));

    await topic.alarmAfter(TOPIC_DEFAULTS.deadRetentionMs - 60_000);
    expect(await rowsOf(topic)).toBe(COUNT);
    await topic.alarmAfter(TOPIC_DEFAULTS.deadRetentionMs + 60_000);
    expect(await rowsOf(topic)).toBe(BLOCK_ROWS + 1);
    expect(await topic.query("SELECT * FROM troubles")).toEqual([]);
    expect(await topic.state(last.event.id)).toMatchObject({ state: "accepted" });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: COUNT,
      delivered: COUNT - 2,
      filtered: 0,
      dead: 1,
      inFlight: 1,
    });
  });

  it("go before their time when room is short, the dead and the unsettled excepted", async () => {
    const { topic, handed } = await filled();
    await topic.deliver(...handed.slice(0, -2));
    await topic.alarmAfter(LEASE_FIRST_MS * 2);
    const blocks = await runInDurableObject(topic.stub, (_, { storage }) =>
      new JournalStore(storage).expiredBlocks(2, Date.now(), true, 10),
    );

    expect(blocks).toEqual([0]);
  });
});

describe("an old event", () => {
  it("is found beyond the window in which duplicates are known, by its id or also its source", async () => {
    const topic = new Topic();
    await topic.append(event("1"), event("2"), event("1", { source: "/others" }));
    await topic.append(event("3"));
    await topic.restart();
    const clock = pass(TOPIC_DEFAULTS.dedupeMs + 1);

    expect(await topic.state("2")).toMatchObject({ id: "2", source: "/tests" });
    expect(await topic.state("1")).toMatchObject({ source: "/others" });
    expect(await topic.state("1", "/tests")).toMatchObject({ source: "/tests" });
    expect(await journal.eventState(topic.name, "1", "/none")).toMatchObject({
      ok: false,
      code: "unknown-event",
    });
    clock.mockRestore();
  });
});

describe("what a topic's user sets", () => {
  it("holds instead of the platform's, over a restart", async () => {
    const { topic, handed } = await filled();
    await topic.deliver(...handed);
    expect(await journal.settings(topic.name)).toEqual(TOPIC_DEFAULTS);
    const set = { retentionMs: 3600_000, dedupeMs: 60_000 };
    expect(await journal.configure(topic.name, set)).toEqual({ ...TOPIC_DEFAULTS, ...set });
    await topic.restart();

    await topic.alarmAfter(3600_000 - 60_000);
    expect(await rowsOf(topic)).toBe(COUNT);
    await topic.alarmAfter(3600_000 + 60_000);
    expect(await rowsOf(topic)).toBe(1);
  });

  it("is the window in which an event that comes again is known", async () => {
    const topic = new Topic();
    await journal.configure(topic.name, { dedupeMs: 60_000 });
    await topic.append(event("1"));
    expect((await topic.append(event("1"))).accepted).toMatchObject([{ duplicate: true }]);
    const clock = pass(61_000);
    expect((await topic.append(event("1"))).accepted).toEqual([{ id: "1", source: "/tests" }]);
    clock.mockRestore();
  });
});
