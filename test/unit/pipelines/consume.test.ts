import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { Confirmation } from "../../../core/contracts/journal.ts";
import type { Handover } from "../../../core/contracts/queue.ts";
import { Reject } from "../../../decorators/contract.ts";
import { consume, type Reach } from "../../../decorators/pipelines/consume.ts";
import type { Outcome } from "../../../decorators/pipelines/outcome.ts";
import type { RunnablePipeline } from "../../../decorators/pipelines/pipeline-cache.ts";
import { memoryServices } from "../decorators/memory-services.ts";

const event = (id: string): CloudEvent => ({ specversion: "1.0", id, source: "/s", type: "t", data: { id } });

/** A message with events at the places 0, 1, … of a log row. */
function message(ids: string[], change: Partial<Handover> = {}, failures = 0): string {
  const events = ids.map((id, index) => ({ sequence: 7, index, failures, waits: 0, event: event(id) }));
  return JSON.stringify({ topic: "orders", pipeline: "p", version: 1, events, ...change });
}

/** Its step rejects "bad", breaks on "odd", drops "dull" and doubles "twin". */
const pipeline: RunnablePipeline = {
  version: 3,
  deliver: [{ collection: "c" }],
  steps: [
    {
      use: "judge",
      decorate: (each) => {
        if (each.id === "bad") throw new Reject("bad");
        if (each.id === "odd") throw new Error("odd");
        if (each.id === "dull") return undefined;
        return each.id === "twin" ? [event("twin-a"), event("twin-b")] : each;
      },
    },
  ],
};

const none: Confirmation = {
  sequence: 7,
  pipeline: "p",
  version: 3,
  delivered: [],
  filtered: [],
  dead: [],
  retry: [],
};

const deliverAll: Reach["deliver"] = async (_, events) => events.map(() => ({ kind: "delivered" }));

function reach(change: Partial<Pick<Reach, "deliver" | "findPipeline">> = {}) {
  const deliver = vi.fn<Reach["deliver"]>(change.deliver ?? deliverAll);
  const confirm = vi.fn<Reach["confirm"]>(async () => undefined);
  const findPipeline: Reach["findPipeline"] = change.findPipeline ?? (async () => ({ ok: true, pipeline }));
  return { deliver, confirm, findPipeline, random: () => 0, now: () => 0, services: memoryServices() };
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a batch", () => {
  it("is delivered and confirmed in one call each, whatever messages it came in", async () => {
    const { deliver, confirm, ...others } = reach();
    await consume([message(["a", "b"]), message(["c"], { pipeline: "q" })], { deliver, confirm, ...others });

    expect(deliver.mock.calls).toEqual([["c", [event("a"), event("b"), event("c")]]]);
    expect(confirm.mock.calls).toEqual([
      [
        "orders",
        [
          { ...none, delivered: [0, 1] },
          { ...none, pipeline: "q", delivered: [0] },
        ],
      ],
    ]);
  });

  it("confirms to each topic what is its own", async () => {
    const { confirm, ...others } = reach();
    await consume([message(["a"]), message(["b"], { topic: "bills" })], { confirm, ...others });

    expect(confirm.mock.calls.map(([topic]) => topic)).toEqual(["orders", "bills"]);
  });

  it("delivers the neighbours of events that go wrong", async () => {
    const { deliver, confirm, ...others } = reach();
    await consume([message(["a", "bad", "odd", "dull", "b"])], { deliver, confirm, ...others });

    expect(deliver.mock.calls).toEqual([["c", [event("a"), event("b")]]]);
    expect(confirm.mock.calls[0]?.[1]).toEqual([
      {
        ...none,
        delivered: [0, 4],
        filtered: [3],
        dead: [{ index: 1, error: "steps[0] (judge): bad" }],
        retry: [{ index: 2, error: "steps[0] (judge): odd", delayMs: 500, waiting: false }],
      },
    ]);
  });

  it("passes over messages that no journal wrote", async () => {
    const { confirm, ...others } = reach();
    await consume(["garbage", { a: 1 }, message(["a"])], { confirm, ...others });

    expect(confirm.mock.calls).toEqual([["orders", [{ ...none, delivered: [0] }]]]);
    expect(console.error).toHaveBeenCalledWith('{"event":"unreadable-messages","messages":2}');
  });

  it("has nothing to say of a batch that is all garbage", async () => {
    const { deliver, confirm, ...others } = reach();
    await consume(["garbage"], { deliver, confirm, ...others });

    expect(deliver).not.toHaveBeenCalled();
    expect(confirm).not.toHaveBeenCalled();
  });

  it("ends well when the journal can't be told, which then hands over again", async () => {
    const { confirm, ...others } = reach();
    confirm.mockRejectedValue(new Error("away"));

    await expect(consume([message(["a"])], { confirm, ...others })).resolves.toBeUndefined();
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining("confirm-failed"));
  });
});

describe("an event", () => {
  it("that became several is delivered only when all of them are", async () => {
    const outcomes: Record<string, Outcome> = { "twin-b": { kind: "waiting", error: "the shard is away" } };
    const deliver: Reach["deliver"] = async (_, events) =>
      events.map(({ id }) => outcomes[id] ?? { kind: "delivered" });
    const { confirm, ...others } = reach({ deliver });
    await consume([message(["twin", "a"])], { ...others, confirm });

    expect(confirm.mock.calls[0]?.[1]).toEqual([
      {
        ...none,
        delivered: [1],
        retry: [{ index: 0, error: "the shard is away", delayMs: 500, waiting: true }],
      },
    ]);
  });

  it("is delivered only when every sink has it", async () => {
    const deliver: Reach["deliver"] = async (collection, events) =>
      events.map(() => (collection === "d" ? { kind: "rejected", error: "no room" } : { kind: "delivered" }));
    const two = { ...pipeline, deliver: [{ collection: "c" }, { collection: "d" }] };
    const { confirm, ...others } = reach({
      deliver,
      findPipeline: async () => ({ ok: true, pipeline: two }),
    });
    await consume([message(["a"])], { ...others, confirm });

    expect(confirm.mock.calls[0]?.[1]).toEqual([{ ...none, dead: [{ index: 0, error: "no room" }] }]);
  });

  it("that has failed before carries that on", async () => {
    const { confirm, ...others } = reach();
    await consume([message(["odd"], {}, 11)], { confirm, ...others });

    expect(confirm.mock.calls[0]?.[1]).toMatchObject([{ dead: [{ index: 0 }], retry: [] }]);
  });

  it("shares the fate of its pipeline, under the version that it was accepted for", async () => {
    const trouble: Outcome = { kind: "rejected", error: "deleted" };
    const { confirm, ...others } = reach({ findPipeline: async () => ({ ok: false, trouble }) });
    await consume([message(["a"])], { confirm, ...others });

    expect(confirm.mock.calls[0]?.[1]).toEqual([
      { ...none, version: 1, dead: [{ index: 0, error: "deleted" }] },
    ]);
  });

  it("is told to decorators with its pipeline's version and its attempt", async () => {
    const decorate = vi.fn<RunnablePipeline["steps"][number]["decorate"]>((each) => each);
    const watched = { ...pipeline, steps: [{ use: "watch", decorate }] };
    await consume(
      [message(["a"], {}, 2)],
      reach({ findPipeline: async () => ({ ok: true, pipeline: watched }) }),
    );

    expect(decorate.mock.calls).toEqual([
      [
        event("a"),
        expect.objectContaining({
          occurrence: "orders/7/0",
          topic: "orders",
          pipeline: "p",
          version: 3,
          attempt: 3,
        }),
      ],
    ]);
  });
});

describe("logs", () => {
  it("count what failed, and show nothing of events", async () => {
    await consume([message(["bad", "odd", "a"])], reach());

    expect(console.warn).toHaveBeenCalledExactlyOnceWith(
      '{"event":"events-failed","topic":"orders","dead":1,"retried":1}',
    );
  });
});
