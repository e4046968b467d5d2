import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseHandover } from "../../../core/contracts/queue.ts";
import { Handover, type Send } from "../../../shard-workers/journal/handover.ts";
import { PENDING_BYTES_MAX } from "../../../shard-workers/journal/limits.ts";
import type { Parcel } from "../../../shard-workers/journal/pack.ts";

function parcel(index: number, bytes = 60): Parcel {
  const json = '{"specversion":"1.0","id":"e","source":"/s","type":"t"}';
  return {
    pipeline: "p",
    version: 1,
    sequence: 1,
    index,
    failures: 0,
    waits: 0,
    acceptedAt: 0,
    more: "",
    json,
    bytes,
  };
}

const indexesOf = (sends: string[][]): number[][] =>
  sends.map((messages) =>
    messages.flatMap((text) => parseHandover(text)?.events.map(({ index }) => index) ?? []),
  );

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("the handover", () => {
  it("packs what comes while a send is under way into the next", async () => {
    const sends: string[][] = [];
    const first = Promise.withResolvers<void>();
    const handover = new Handover(async (messages) => {
      sends.push(messages.map(({ text }) => text));
      if (sends.length === 1) await first.promise;
    });

    const done = handover.offer("t", [parcel(0)]);
    void handover.offer("t", [parcel(1)]);
    void handover.offer("t", [parcel(2)]);
    first.resolve();
    await done;

    expect(indexesOf(sends)).toEqual([[0], [1, 2]]);
  });

  it("sends again after it had nothing to send", async () => {
    const sends: string[][] = [];
    const handover = new Handover(async (messages) => {
      sends.push(messages.map(({ text }) => text));
    });

    await handover.offer("t", []);
    await handover.offer("t", [parcel(0)]);
    await handover.offer("t", [parcel(1)]);

    expect(indexesOf(sends)).toEqual([[0], [1]]);
  });

  it("goes on after a send that failed", async () => {
    const send = vi.fn<Send>(async () => undefined);
    send.mockRejectedValueOnce(new Error("the queue is full"));
    const handover = new Handover(send);

    await handover.offer("t", [parcel(0)]);
    await handover.offer("t", [parcel(1)]);

    expect(indexesOf(send.mock.calls.map(([messages]) => messages.map(({ text }) => text)))).toEqual([
      [0],
      [1],
    ]);
  });

  it("takes no more than it has room for", async () => {
    const sends: string[][] = [];
    const handover = new Handover(async (messages) => {
      sends.push(messages.map(({ text }) => text));
    });

    await handover.offer("t", [parcel(0, PENDING_BYTES_MAX - 10), parcel(1, 10), parcel(2, 1)]);

    expect(indexesOf(sends).flat()).toEqual([0, 1]);
  });
});
