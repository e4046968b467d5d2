import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_BYTES_MAX } from "../../../core/cloudevents/limits.ts";
import { parseHandover } from "../../../core/contracts/queue.ts";
import {
  MESSAGE_BYTES_MAX,
  SEND_BYTES_MAX,
  SEND_MESSAGES_MAX,
} from "../../../shard-workers/journal/limits.ts";
import {
  PARCEL_BYTES_MAX,
  packMessages,
  packSends,
  type Parcel,
} from "../../../shard-workers/journal/pack.ts";

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;

/** An event with `length` characters of two bytes in its data. */
function parcel(index: number, length = 10, pipeline = "p", version = 1): Parcel {
  const data = "é".repeat(length);
  const json = JSON.stringify({ specversion: "1.0", id: `e${index}`, source: "/s", type: "t", data });
  return {
    pipeline,
    version,
    sequence: 4,
    index,
    failures: 2,
    waits: 1,
    acceptedAt: 9,
    more: "",
    json,
    bytes: bytesOf(json),
  };
}

const eventsOf = (text: string) => parseHandover(text)?.events ?? [];

describe("a message", () => {
  it("is a handover of events with their places and their history", () => {
    const [message] = packMessages("orders", [parcel(0), parcel(1)]);

    expect(parseHandover(message?.text)).toEqual({
      topic: "orders",
      pipeline: "p",
      version: 1,
      events: [0, 1].map((index) => ({
        sequence: 4,
        index,
        failures: 2,
        waits: 1,
        acceptedAt: 9,
        event: { specversion: "1.0", id: `e${index}`, source: "/s", type: "t", data: "é".repeat(10) },
      })),
    });
  });

  it("carries events of one pipeline and version alone", () => {
    const messages = packMessages("t", [parcel(0), parcel(0, 10, "q"), parcel(1, 10, "p", 2), parcel(2)]);

    expect(messages.map(({ text }) => eventsOf(text).map(({ index }) => index))).toEqual([[0, 2], [0], [1]]);
  });

  it("is as full as the queue lets it be, and never fuller than it says", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: EVENT_BYTES_MAX / 2 - 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(lengths, (all) => {
        const messages = packMessages(
          "t".repeat(63),
          all.map((length, index) => parcel(index, length)),
        );
        for (const { text, bytes } of messages) {
          expect(bytesOf(text)).toBeLessThanOrEqual(bytes);
          expect(bytes).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
        }
        for (const [at, { bytes }] of messages.entries()) {
          const next = messages[at + 1];
          const first = next && all[eventsOf(next.text)[0]?.index ?? 0];
          if (first !== undefined)
            expect(bytes + parcel(0, first).bytes + 1_000).toBeGreaterThan(MESSAGE_BYTES_MAX);
        }
        expect(messages.flatMap(({ text }) => eventsOf(text)).map(({ index }) => index)).toEqual([
          ...all.keys(),
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it("holds the largest event that is accepted, and the longest names", () => {
    const place = { pipeline: "p".repeat(63), version: 2 ** 53 - 1, sequence: 2 ** 53 - 1, index: 65_535 };
    const largest: Parcel = { ...parcel(0, 0), ...place, failures: 10 ** 15, waits: 10 ** 15 };
    const [message] = packMessages("t".repeat(63), [
      { ...largest, json: '""'.padEnd(PARCEL_BYTES_MAX), bytes: PARCEL_BYTES_MAX },
    ]);

    expect(PARCEL_BYTES_MAX).toBeGreaterThan(EVENT_BYTES_MAX);
    expect(bytesOf(message?.text ?? "")).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
  });
});

describe("a send", () => {
  it("has at most as many messages and bytes as the queue takes at once", () => {
    const small = packSends(Array.from({ length: 250 }, () => ({ pipeline: "p", text: "", bytes: 10 })));
    const large = packSends(
      Array.from({ length: 5 }, () => ({ pipeline: "p", text: "", bytes: MESSAGE_BYTES_MAX })),
    );

    expect(small.map((send) => send.length)).toEqual([SEND_MESSAGES_MAX, SEND_MESSAGES_MAX, 50]);
    expect(large.map((send) => send.length)).toEqual([2, 2, 1]);
    expect(2 * MESSAGE_BYTES_MAX).toBeLessThanOrEqual(SEND_BYTES_MAX);
  });
});

describe("the body of a message that no journal wrote", () => {
  it.each([
    ["no text", { topic: "t", pipeline: "p", version: 1, events: [] }],
    ["no JSON", "hello"],
    ["another JSON", "[1]"],
    ["no events", '{"topic":"t","pipeline":"p","version":1}'],
    [
      "an event without its place",
      '{"topic":"t","pipeline":"p","version":1,"events":[{"event":{"id":"1","source":"/s"}}]}',
    ],
    [
      "an event that is none",
      '{"topic":"t","pipeline":"p","version":1,"events":[{"sequence":1,"index":0,"failures":0,"waits":0,"event":null}]}',
    ],
  ])("is no handover: %s", (_, body) => {
    expect(parseHandover(body)).toBeUndefined();
  });
});
