import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { PutOperation, WriteOutcome } from "../../../core/contracts/documents.ts";
import { writeOrder } from "../../../core/document/write-order.ts";
import { EventWrites, KNOWN_DOCUMENTS_MAX } from "../../../shard-workers/documents/event-writes.ts";
import { MeteredSql } from "../../../shard-workers/leaf/metered-sql.ts";
import { declare, leafOf, put, read, restart, write } from "./one-leaf.ts";

const START = 1_700_000_000_000;

/** The order of an event that was accepted so many milliseconds after the beginning. */
const order = (n: number, replay = 0): string =>
  writeOrder({ at: START + n, sequence: n, index: 0, replay, part: 0, pipeline: "p" });

const eventPut = (id: string, n: number, of = order(n)): PutOperation => ({
  kind: "put",
  id,
  json: JSON.stringify({ id, n }),
  order: of,
});

const superseded = (outcomes: readonly WriteOutcome[]): boolean[] =>
  outcomes.map((outcome) => outcome.ok && outcome.superseded === true);

describe("the write of an event", () => {
  it("that comes again changes nothing, also after a write from outside, and after a restart", async () => {
    const collection = await declare();
    expect(superseded(await write(collection, [eventPut("a", 1)]))).toEqual([false]);
    await write(collection, [{ kind: "patch", id: "a", json: '{"note":"by hand"}' }]);
    expect(superseded(await write(collection, [eventPut("a", 1)]))).toEqual([true]);
    await restart(collection);
    expect(superseded(await write(collection, [eventPut("a", 1)]))).toEqual([true]);

    expect(await read(collection, "a")).toEqual({ id: "a", n: 1, note: "by hand" });
  });

  it("does not bring back what was deleted since", async () => {
    const collection = await declare();
    await write(collection, [eventPut("a", 1), { kind: "delete", id: "a" }]);
    expect(superseded(await write(collection, [eventPut("a", 1)]))).toEqual([true]);

    expect(await read(collection, "a")).toBeNull();
  });

  it("overwrites nothing that a later event has written, in whatever order they come", async () => {
    const collection = await declare();
    expect(
      superseded(await write(collection, [eventPut("a", 5), eventPut("a", 3), eventPut("b", 1)])),
    ).toEqual([false, true, false]);
    expect(superseded(await write(collection, [eventPut("a", 4), eventPut("a", 6)]))).toEqual([true, false]);

    expect(await read(collection, "a")).toEqual({ id: "a", n: 6 });
  });

  it("that is replayed is newer than itself, and not than later events", async () => {
    const collection = await declare();
    await write(collection, [eventPut("a", 1), eventPut("b", 1), eventPut("b", 2)]);
    const again = [eventPut("a", 10, order(1, 7)), eventPut("b", 10, order(1, 7))];

    expect(superseded(await write(collection, again))).toEqual([false, true]);
    expect(superseded(await write(collection, again))).toEqual([true, true]);
    expect(await read(collection, "a")).toEqual({ id: "a", n: 10 });
  });

  it("that fails is not taken for made", async () => {
    const collection = await declare();
    const failing = { ...eventPut("a", 1), ifVersion: 5 };
    expect(await write(collection, [failing])).toMatchObject([{ ok: false, code: "precondition-failed" }]);

    expect(superseded(await write(collection, [eventPut("a", 1)]))).toEqual([false]);
  });

  it("that was rolled back is not taken for made", async () => {
    const collection = await declare();
    await write(collection, [eventPut("a", 1)]);
    await runInDurableObject(leafOf(collection), (_, { storage }) => {
      storage.sql.exec(`CREATE TRIGGER broken BEFORE INSERT ON segment_rows
                        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    });
    await expect(write(collection, [eventPut("a", 2)])).rejects.toThrow("A shard did not answer.");
    await runInDurableObject(leafOf(collection), (_, { storage }) => {
      storage.sql.exec("DROP TRIGGER broken");
    });

    expect(superseded(await write(collection, [eventPut("a", 1), eventPut("a", 2)]))).toEqual([true, false]);
    expect(await read(collection, "a")).toEqual({ id: "a", n: 2 });
  });

  it("costs a row a batch, and other writes none", async () => {
    const collection = await declare();
    await write(
      collection,
      Array.from({ length: 100 }, (_, n) => eventPut(`e${n}`, n)),
    );
    await write(collection, [put("x"), put("y")]);

    await runInDurableObject(leafOf(collection), (_, { storage }) => {
      expect(storage.sql.exec("SELECT count(*) AS rows FROM event_writes").one()).toEqual({ rows: 1 });
    });
  });
});

describe("what is no longer known", () => {
  it("is bounded, and told from what is there by when it was written", async () => {
    const collection = await declare();
    await write(collection, [put("any")]);
    await runInDurableObject(leafOf(collection), (_, { storage }) => {
      const versions = new Map<string, number>();
      const index = { versionOf: (id: string) => versions.get(id) };
      const writes = () => new EventWrites(new MeteredSql(storage.sql));
      const apply = (to: EventWrites, now: number, ...operations: PutOperation[]) =>
        to.apply(operations, index, now, ({ id }) => {
          versions.set(id, now * 1_024);
          return { ok: true, id, version: now * 1_024, created: true };
        });
      let known = writes();
      const batch = 1_024;
      const batches = (2 * KNOWN_DOCUMENTS_MAX) / batch;
      for (let n = 0; n < batches; n++) {
        const events = Array.from({ length: batch }, (_, m) => eventPut(`d${n}-${m}`, n));
        apply(known, START + 100 * n, ...events);
      }
      const { rows } = storage.sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM event_writes").one();
      expect(rows * batch).toBeLessThanOrEqual(KNOWN_DOCUMENTS_MAX);

      // The same from memory, and as a new instance reads it.
      for (const again of [known, writes()]) {
        known = again;
        const last = batches - 1;
        expect(superseded(apply(known, START + 5_000, eventPut(`d${last}-0`, last)))).toEqual([true]);
        // Forgotten: the document was written when its event came, or later.
        expect(superseded(apply(known, START + 5_000, eventPut("d0-0", 0)))).toEqual([true]);
        expect(superseded(apply(known, START + 5_000, eventPut("d1-0", 90)))).toEqual([true]);
      }
      // What is newer than anything that was forgotten is written, and so is what is not there.
      expect(superseded(apply(known, START + 5_000, eventPut("d0-1", 4_000)))).toEqual([false]);
      expect(superseded(apply(known, START + 5_000, eventPut("never", 0)))).toEqual([false]);
    });
  });
});
