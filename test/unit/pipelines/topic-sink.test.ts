import { describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { hopsOf, isConfidential, viaOf } from "../../../core/cloudevents/platform-attributes.ts";
import type { JournalApi } from "../../../core/contracts/journal.ts";
import { failure } from "../../../core/errors.ts";
import { HOPS_MAX } from "../../../decorators/pipelines/limits.ts";
import { deliverToTopic } from "../../../decorators/pipelines/topic-sink.ts";

const event = (id: string): CloudEvent => ({
  specversion: "1.0",
  id,
  source: "/s",
  type: "t",
  umbelroute: "[]",
});

function journal(append?: JournalApi["append"]) {
  return {
    append: vi.fn<JournalApi["append"]>(append ?? (async () => ({ ok: true, accepted: [], pipelines: [] }))),
  };
}

describe("delivery to a topic", () => {
  it("publishes all events at once, each with where it has been", async () => {
    const to = journal();
    const outcomes = await deliverToTopic(to, "bills", [
      { event: event("a"), pipeline: "p", hops: 0 },
      { event: event("b"), pipeline: "p", hops: 2 },
    ]);

    expect(outcomes).toEqual([{ kind: "delivered" }, { kind: "delivered" }]);
    expect(to.append).toHaveBeenCalledTimes(1);
    const [topic, events = []] = to.append.mock.calls[0] ?? [];
    expect(topic).toBe("bills");
    expect(events.map((each) => [each.id, hopsOf(each), viaOf(each), each["umbelroute"]])).toEqual([
      ["a", 1, "p", undefined],
      ["b", 3, "p", undefined],
    ]);
  });

  it("leaves what is made of a confidential event confidential", async () => {
    const to = journal();
    await deliverToTopic(to, "t", [
      { event: event("a"), pipeline: "p", hops: 0, confidential: true },
      { event: { ...event("b"), umbelconfidential: true }, pipeline: "p", hops: 0, confidential: false },
    ]);

    expect(to.append.mock.calls[0]?.[1].map(isConfidential)).toEqual([true, false]);
  });

  it("ends an event that has gone through too many topics, and none of its neighbours", async () => {
    const to = journal();
    const outcomes = await deliverToTopic(to, "t", [
      { event: event("tired"), pipeline: "p", hops: HOPS_MAX },
      { event: event("fresh"), pipeline: "p", hops: HOPS_MAX - 1 },
    ]);

    expect(outcomes).toMatchObject([
      { kind: "rejected", error: expect.stringContaining("circle") },
      { kind: "delivered" },
    ]);
    expect(to.append.mock.calls[0]?.[1].map(({ id }) => id)).toEqual(["fresh"]);
  });

  it("waits for a journal that has no room or can't be had, and gives up what it will never take", async () => {
    const deliver = (append: JournalApi["append"]) =>
      deliverToTopic(journal(append), "t", [{ event: event("a"), pipeline: "p", hops: 0 }]);
    vi.spyOn(console, "error").mockImplementation(() => undefined);

    expect(await deliver(async () => failure("unavailable", "full"))).toMatchObject([{ kind: "waiting" }]);
    expect(await deliver(async () => Promise.reject(new Error("away")))).toMatchObject([{ kind: "waiting" }]);
    expect(await deliver(async () => failure("event-too-large", "large"))).toMatchObject([
      { kind: "rejected" },
    ]);
    vi.restoreAllMocks();
  });
});
