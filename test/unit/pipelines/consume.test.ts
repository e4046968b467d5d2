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
  const events = ids.map((id, index) => ({
    sequence: 7,
    index,
    failures,
    waits: 0,
    acceptedAt: 5,
    event: event(id),
  }));
  return JSON.stringify({ topic: "orders", pipeline: "p", version: 1, events, ...change });
}

/** Its step rejects "bad", breaks on "odd", drops "dull" and doubles "twin". */
const pipeline: RunnablePipeline = {
  topic: "orders",
  version: 3,
  retry: {},
  keep: false,
  deliver: [{ collection: "c" }],
  steps: [
    {
      use: "judge",
      onError: "retry",
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

function reach(change: Partial<Pick<Reach, "bury" | "deliver" | "findPipeline" | "startAlone">> = {}) {
  const deliver = vi.fn<Reach["deliver"]>(change.deliver ?? deliverAll);
  const confirm = vi.fn<Reach["confirm"]>(async () => undefined);
  const findPipeline: Reach["findPipeline"] = change.findPipeline ?? (async () => ({ ok: true, pipeline }));
  const startAlone = vi.fn<Reach["startAlone"]>(change.startAlone ?? (async () => "run"));
  const bury = vi.fn<Reach["bury"]>(
    change.bury ?? (async (letters) => letters.map(() => ({ kind: "delivered" }))),
  );
  return {
    deliver,
    bury,
    confirm,
    startAlone,
    findPipeline,
    random: () => 0,
    now: () => 0,
    services: memoryServices(),
  };
}

/** What was delivered, as its sink and events. */
const delivered = (deliver: { mock: { calls: Parameters<Reach["deliver"]>[] } }) =>
  deliver.mock.calls.map(([sink, parcels]) => [sink, parcels.map((parcel) => parcel.event)]);

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a batch", () => {
  it("is delivered in a call a pipeline, and confirmed in one, whatever messages it came in", async () => {
    const { deliver, confirm, ...others } = reach();
    await consume([message(["a", "b"]), message(["c"], { pipeline: "q" })], { deliver, confirm, ...others });

    expect(delivered(deliver)).toEqual([
      [{ collection: "c" }, [event("a"), event("b")]],
      [{ collection: "c" }, [event("c")]],
    ]);
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

    expect(delivered(deliver)).toEqual([[{ collection: "c" }, [event("a"), event("b")]]]);
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
    const deliver: Reach["deliver"] = async (_, parcels) =>
      parcels.map((parcel) => outcomes[parcel.event.id] ?? { kind: "delivered" });
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
    const deliver: Reach["deliver"] = async (sink, parcels) =>
      parcels.map(() =>
        "collection" in sink && sink.collection === "d"
          ? { kind: "rejected", error: "no room" }
          : { kind: "delivered" },
      );
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
    const watched = { ...pipeline, steps: [{ use: "watch", decorate, onError: "retry" as const }] };
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
          acceptedAt: 5,
        }),
      ],
    ]);
  });
});

describe("an event that is dead", () => {
  it("is buried before the journal hears of it", async () => {
    const { bury, confirm, ...others } = reach();
    const order: string[] = [];
    bury.mockImplementation(async (letters) => {
      order.push(...letters.map(({ work, trouble }) => `bury ${work.handed.event.id}: ${trouble.error}`));
      return letters.map(() => ({ kind: "delivered" }));
    });
    confirm.mockImplementation(async () => void order.push("confirm"));
    await consume([message(["a", "bad", "odd"])], { ...others, bury, confirm });

    expect(order).toEqual(["bury bad: steps[0] (judge): bad", "confirm"]);
  });

  it("stays alive while its dead letter can't be written", async () => {
    const { confirm, ...others } = reach({
      bury: async (letters) => letters.map(() => ({ kind: "waiting", error: "away" })),
    });
    await consume([message(["bad", "a"])], { ...others, confirm });

    expect(confirm.mock.calls[0]?.[1]).toMatchObject([
      {
        dead: [],
        delivered: [1],
        retry: [{ index: 0, waiting: true, error: expect.stringContaining("could not be written") }],
      },
    ]);
  });
});

describe("others' machines", () => {
  it("are not waited for by what does not go there", async () => {
    const slow = Promise.withResolvers<Outcome[]>();
    const webhook = { url: "https://example.com/" };
    const both: RunnablePipeline = { ...pipeline, deliver: [{ collection: "c" }] };
    const findPipeline: Reach["findPipeline"] = async (handover) => ({
      ok: true,
      pipeline: handover.pipeline === "slow" ? { ...both, deliver: [{ webhook }] } : both,
    });
    const deliver: Reach["deliver"] = async (sink, parcels) =>
      "webhook" in sink ? slow.promise : parcels.map(() => ({ kind: "delivered" }));
    const { confirm, ...others } = reach({ deliver, findPipeline });
    const done = consume([message(["a"], { pipeline: "slow" }), message(["b"])], { ...others, confirm });
    await vi.waitFor(() => expect(confirm).toHaveBeenCalledTimes(1));

    expect(confirm.mock.calls[0]?.[1]).toMatchObject([{ pipeline: "p", delivered: [0] }]);
    slow.resolve([{ kind: "delivered" }]);
    await done;
    expect(confirm.mock.calls[1]?.[1]).toMatchObject([{ pipeline: "slow", delivered: [0] }]);
  });
});

describe("a sink that has an event", () => {
  const two = { ...pipeline, deliver: [{ collection: "c" }, { collection: "d" }] };
  const findPipeline: Reach["findPipeline"] = async () => ({ ok: true, pipeline: two });

  it("is told to the journal, when another sink has not", async () => {
    const deliver: Reach["deliver"] = async (sink, parcels) =>
      parcels.map(() =>
        "collection" in sink && sink.collection === "d"
          ? { kind: "waiting", error: "away" }
          : { kind: "delivered" },
      );
    const { confirm, ...others } = reach({ deliver, findPipeline });
    await consume([message(["twin"])], { ...others, confirm });

    expect(confirm.mock.calls[0]?.[1]).toMatchObject([{ retry: [{ index: 0, done: ["collection:c"] }] }]);
  });

  it("is not asked again", async () => {
    const again = JSON.parse(message(["a"])) as Handover;
    for (const handed of again.events) handed.done = ["collection:c"];
    const { deliver, confirm, ...others } = reach({ findPipeline });
    await consume([JSON.stringify(again)], { deliver, confirm, ...others });

    expect(delivered(deliver)).toEqual([[{ collection: "d" }, [event("a")]]]);
    expect(confirm.mock.calls[0]?.[1]).toMatchObject([{ delivered: [0] }]);
  });
});

describe("an event that may end its consumer", () => {
  /** A message whose events are all to be run alone. */
  function alone(ids: string[]): string {
    const handover = JSON.parse(message(ids)) as Handover;
    for (const handed of handover.events) handed.alone = true;
    return JSON.stringify(handover);
  }

  it("is run when all others are settled, one at a time, each after the journal was told", async () => {
    const order: string[] = [];
    const deliver: Reach["deliver"] = async (_, parcels) => {
      order.push(`deliver ${parcels.map((parcel) => parcel.event.id).join(" ")}`);
      return parcels.map(() => ({ kind: "delivered" }));
    };
    const startAlone: Reach["startAlone"] = async (_, { index }) => {
      order.push(`start ${index}`);
      return "run";
    };
    const { confirm, ...others } = reach({ deliver, startAlone });
    confirm.mockImplementation(async () => void order.push("confirm"));
    await consume([alone(["x", "y"]), message(["a", "b"])], { ...others, confirm });

    expect(order).toEqual([
      "deliver a b",
      "confirm",
      "start 0",
      "deliver x",
      "confirm",
      "start 1",
      "deliver y",
      "confirm",
    ]);
  });

  it("is dead without another run, once the journal gives up", async () => {
    const { deliver, confirm, ...others } = reach({ startAlone: async () => "give-up" });
    await consume([alone(["x"])], { deliver, confirm, ...others });

    expect(deliver).not.toHaveBeenCalled();
    expect(confirm.mock.calls[0]?.[1]).toMatchObject([
      { dead: [{ index: 0, error: expect.stringContaining("ends whoever runs it") }] },
    ]);
  });

  it.each([
    ["says that it runs elsewhere", async () => "skip" as const],
    ["can't be asked", async () => Promise.reject(new Error("away"))],
  ])("is left to its lease when the journal %s", async (_, startAlone) => {
    const { deliver, confirm, ...others } = reach({ startAlone });
    await consume([alone(["x"])], { deliver, confirm, ...others });

    expect(deliver).not.toHaveBeenCalled();
    expect(confirm).not.toHaveBeenCalled();
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

describe("users' functions", () => {
  it("are not waited for by events of other pipelines", async () => {
    const slow = Promise.withResolvers<CloudEvent>();
    const functions: RunnablePipeline = {
      ...pipeline,
      runsFunctions: true,
      steps: [{ use: "function:slow", onError: "retry", decorate: () => slow.promise }],
    };
    const findPipeline: Reach["findPipeline"] = async ({ pipeline: name }) => ({
      ok: true,
      pipeline: name === "slow" ? functions : pipeline,
    });
    const { confirm, ...others } = reach({ findPipeline });
    const done = consume([message(["a"], { pipeline: "slow" }), message(["b"])], { ...others, confirm });
    await vi.waitFor(() => expect(confirm).toHaveBeenCalledTimes(1));
    expect(confirm.mock.calls[0]?.[1]).toMatchObject([{ pipeline: "p" }]);
    slow.resolve(event("a"));
    await done;
    expect(confirm.mock.calls[1]?.[1]).toMatchObject([{ pipeline: "slow" }]);
  });
});
