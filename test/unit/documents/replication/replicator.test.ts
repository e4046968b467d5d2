import { describe, expect, it } from "vitest";
import type { LogEntry, Position } from "../../../../core/contracts/replication.ts";
import type { Push, PushAnswer } from "../../../../shard-workers/documents/replication/messages.ts";
import { Replicator } from "../../../../shard-workers/documents/replication/replicator.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "../../../../shard-workers/documents/replication/limits.ts";
import { settled } from "./network.ts";

const at = (sequence: number): Position => ({ sequence, clock: sequence * 10 });
const entry = (sequence: number): LogEntry => ({
  after: at(sequence - 1),
  position: at(sequence),
  operations: [],
});

/** A primary with a log, whose pushes the test answers. */
function primary(replicas: number, reachesBackTo = 1) {
  const sent: {
    replica: number;
    message: Omit<Push, "ref">;
    answer: (answer: PushAnswer | Error) => void;
  }[] = [];
  const world = { sequence: 0, nowMs: 0, sent };
  const replicator = new Replicator({
    log: {
      get position() {
        return at(world.sequence);
      },
      entriesAfter: (sequence) =>
        sequence + 1 < reachesBackTo
          ? undefined
          : Array.from({ length: Math.max(0, world.sequence - sequence) }, (_, n) => entry(sequence + 1 + n)),
    },
    push: async (replica, message) =>
      new Promise((resolve, reject) => {
        sent.push({
          replica,
          message,
          answer: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)),
        });
      }),
    now: () => world.nowMs,
    random: () => 1,
  });
  replicator.replicas = replicas;
  return { replicator, world, sent };
}

const has = (sequence: number): PushAnswer => ({ ok: true, position: at(sequence), condition: "serving" });
const sequencesOf = (message: Omit<Push, "ref"> | undefined) =>
  message?.entries.map(({ position }) => position.sequence);

describe("a primary", () => {
  it("alone pushes nothing, and waits for nothing", async () => {
    const { replicator, sent } = primary(1);
    await replicator.ship();
    expect(sent).toEqual([]);
    expect(replicator.followed).toBe(false);
    expect(replicator.dueAt).toBeUndefined();
  });

  it("sends the last entry to replicas that it knows nothing of, and then what they say to lack", async () => {
    const { replicator, world, sent } = primary(3);
    world.sequence = 5;
    void replicator.ship();
    expect(sent.map(({ replica, message }) => [replica, sequencesOf(message)])).toEqual([
      [1, [5]],
      [2, [5]],
    ]);
    expect(replicator.confirmed).toBe(0);
    sent[0]?.answer(has(5));
    sent[1]?.answer(has(3));
    await settled();
    expect(sent).toHaveLength(3);
    expect(sequencesOf(sent[2]?.message)).toEqual([4, 5]);
    expect(replicator.confirmed).toBe(3);
    sent[2]?.answer(has(5));
    await settled();
    expect(replicator.confirmed).toBe(5);
    expect(replicator.dueAt).toBeUndefined();
  });

  it("has one message on its way to each; what comes meanwhile goes together with the next", async () => {
    const { replicator, world, sent } = primary(2);
    world.sequence = 1;
    void replicator.ship();
    for (world.sequence = 2; world.sequence < 5; world.sequence++) void replicator.ship();
    expect(sent).toHaveLength(1);
    sent[0]?.answer(has(1));
    await settled();
    expect(sent).toHaveLength(2);
    expect(sequencesOf(sent[1]?.message)).toEqual([2, 3, 4, 5]);
  });

  it("waits longer after each failure, up to a minute, and starts again when it hears of the replica", async () => {
    const { replicator, world, sent } = primary(2);
    world.sequence = 1;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      void replicator.ship();
      sent
        .at(-1)
        ?.answer(attempt % 2 === 0 ? new Error("lost") : { ok: false, code: "unavailable", message: "" });
      await settled();
      waits.push((replicator.dueAt ?? 0) - world.nowMs);
      const before = sent.length;
      void replicator.ship();
      expect(sent).toHaveLength(before);
      world.nowMs = replicator.dueAt ?? 0;
    }
    expect(waits.slice(0, 3)).toEqual([RETRY_FIRST_MS, 2 * RETRY_FIRST_MS, 4 * RETRY_FIRST_MS]);
    expect(waits.at(-1)).toBe(RETRY_MAX_MS);

    world.nowMs -= 1;
    replicator.heard(1, { position: at(0), condition: "serving" });
    void replicator.ship();
    expect(sequencesOf(sent.at(-1)?.message)).toEqual([1]);
  });

  it("sends nothing but where it is to a replica that copies, and one that lags behind the log pulls", async () => {
    const { replicator, world, sent } = primary(3, 4);
    world.sequence = 9;
    replicator.heard(1, { position: at(7), condition: "rebuilding" });
    replicator.heard(2, { position: at(2), condition: "serving" });
    void replicator.ship();
    for (const { message } of sent) expect(message).toEqual({ entries: [], head: at(9), ask: false });
    sent[0]?.answer({ ok: true, position: at(7), condition: "rebuilding" });
    sent[1]?.answer(has(2));
    await settled();
    // Neither has come further: they are asked again later.
    expect(sent).toHaveLength(2);
    expect(replicator.dueAt).toBe(RETRY_FIRST_MS);
  });

  it("makes a replica ask that says to be further than it is itself", async () => {
    const { replicator, world, sent } = primary(2);
    world.sequence = 4;
    replicator.heard(1, { position: at(6), condition: "serving" });
    void replicator.ship();
    expect(sent[0]?.message).toMatchObject({ entries: [], ask: true });
  });

  it("forgets replicas that are dropped, also those that it waits for", async () => {
    const { replicator, world, sent } = primary(3);
    world.sequence = 1;
    void replicator.ship();
    replicator.replicas = 2;
    sent[0]?.answer(has(1));
    sent[1]?.answer(new Error("gone"));
    await settled();
    expect(replicator.dueAt).toBeUndefined();
    expect(replicator.confirmed).toBe(1);
  });
});
