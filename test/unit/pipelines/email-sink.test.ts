import { afterEach, describe, expect, it, vi } from "vitest";
import type { EmailSink } from "../../../core/contracts/pipelines.ts";
import type { HandedEvent } from "../../../core/contracts/queue.ts";
import { deliverByEmail, type EmailServices } from "../../../decorators/pipelines/email-sink.ts";
import { ExpiringCache } from "../../../decorators/pipelines/expiring-cache.ts";
import type { Parcel } from "../../../decorators/pipelines/work.ts";

/** An event on its `run`-th handover; `change` says more of that. */
function parcel(email: string, change: Partial<HandedEvent> = {}): Parcel {
  const event = { specversion: "1.0", id: "e", source: "/s", type: "t", data: { email } } as const;
  const handed = { sequence: 7, index: 0, failures: 0, waits: 0, acceptedAt: 5, event, ...change };
  const outcome = { kind: "delivered" } as const;
  const work = { topic: "t", pipeline: "p", version: 1, retry: {}, handed, outcome, done: new Set<string>() };
  return { work, sink: { email: sink }, key: "k", event, part: 0 };
}

const sink: EmailSink = { to: ["{data.email}"], subject: "Hello" };
const once: EmailSink = { ...sink, once: true };

/** What a deployment with the binding reaches. `answers` says how each message is taken, in turn. */
function deployment(answers: (Error | undefined)[] = []) {
  const sent: { to: string; raw: string }[] = [];
  const begun = new Map<string, string>();
  const services: EmailServices = {
    branches: { write: () => Promise.reject(new Error("nothing is written")) },
    catalog: { getCollection: async () => null, putCollection: () => Promise.reject(new Error("none")) },
    cache: new ExpiringCache(1),
    now: () => 0,
    sentOnce: {
      async begin(message, owner) {
        if (begun.has(message)) return false;
        begun.set(message, owner);
        return true;
      },
      async giveUp(message, owner) {
        if (begun.get(message) === owner) begun.delete(message);
      },
    },
    email: {
      from: "umbel@example.com",
      async send({ to, raw }) {
        const answer = answers.shift();
        if (answer !== undefined) throw answer;
        sent.push({ to, raw });
      },
    },
  };
  return { services, sent, begun };
}

const idOf = (raw: string): string | undefined => /^Message-ID: (.*)$/m.exec(raw)?.[1]?.trim();

afterEach(() => vi.restoreAllMocks());

describe("an e-mail that is sent at least once", () => {
  it("goes out at each run, and is the same message for those who look at its id", async () => {
    const { services, sent } = deployment();

    await deliverByEmail(services, sink, [parcel("ada@example.com")]);
    await deliverByEmail(services, sink, [parcel("ada@example.com", { failures: 1 })]);

    expect(sent).toHaveLength(2);
    expect(new Set(sent.map(({ raw }) => idOf(raw)))).toEqual(new Set(["<t.p.7.0.0@example.com>"]));
  });

  it("fails when it is refused, and its neighbours are sent", async () => {
    const { services, sent } = deployment([new Error("over quota")]);

    const outcomes = await deliverByEmail(services, sink, [parcel("a@example.com"), parcel("b@example.com")]);

    expect(outcomes).toEqual([
      { kind: "failed", error: "The e-mail could not be sent: over quota" },
      { kind: "delivered" },
    ]);
    expect(sent.map(({ to }) => to)).toEqual(["b@example.com"]);
  });

  it("is rejected where there is no address, or none that the binding sends to", async () => {
    const { services, sent } = deployment();

    const outcomes = await deliverByEmail(services, sink, [parcel("ada"), parcel("用户@example.com")]);

    expect(outcomes.map(({ kind }) => kind)).toEqual(["rejected", "rejected"]);
    expect(sent).toEqual([]);
  });
});

describe("an e-mail that is sent once", () => {
  it("does not go out again, in another run or a replay", async () => {
    const { services, sent } = deployment();
    const replayed = { sequence: 90, index: 3, first: { sequence: 7, index: 0 } };

    for (const change of [{}, { failures: 1 }, replayed]) {
      expect(await deliverByEmail(services, once, [parcel("ada@example.com", change)])).toEqual([
        { kind: "delivered" },
      ]);
    }

    expect(sent).toHaveLength(1);
  });

  it("goes out for another event, and to each addressee", async () => {
    const { services, sent } = deployment();
    const both: EmailSink = { ...once, to: ["{data.email}", "team@example.com"] };

    await deliverByEmail(services, both, [
      parcel("ada@example.com"),
      parcel("ada@example.com", { index: 1 }),
    ]);

    expect(sent.map(({ to }) => to).toSorted()).toEqual([
      "ada@example.com",
      "ada@example.com",
      "team@example.com",
      "team@example.com",
    ]);
  });

  it("is tried again after it was refused", async () => {
    const { services, sent } = deployment([new Error("over quota")]);

    const first = await deliverByEmail(services, once, [parcel("ada@example.com")]);
    const second = await deliverByEmail(services, once, [parcel("ada@example.com", { failures: 1 })]);

    expect([first[0]?.kind, second[0]?.kind]).toEqual(["failed", "delivered"]);
    expect(sent).toHaveLength(1);
  });

  it("is not sent by a run that follows one that ended while it was sent", async () => {
    const { services, sent, begun } = deployment();
    begun.set(JSON.stringify(["t.p.7.0.0", "ada@example.com"]), "a run that is gone");

    expect(await deliverByEmail(services, once, [parcel("ada@example.com")])).toEqual([
      { kind: "delivered" },
    ]);
    expect(sent).toEqual([]);
  });

  it("waits where it can't be told whether it was sent", async () => {
    const { services, sent } = deployment();
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    services.sentOnce.begin = () => Promise.reject(new Error("away"));

    expect(await deliverByEmail(services, once, [parcel("ada@example.com")])).toMatchObject([
      { kind: "waiting" },
    ]);
    expect(sent).toEqual([]);
  });
});
