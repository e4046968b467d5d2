/** What the journal's tests do again and again: publish, look at what came off the queue, let time pass. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { Confirmation } from "../../../core/contracts/journal.ts";
import { parseHandover, type HandedEvent, type Handover } from "../../../core/contracts/queue.ts";
import { workerUnderTest } from "../under-test.ts";

/** Not typed by its class: the types of RPC take what is unknown for what can't be sent. */
type Bindings = JournalBindings & { RECORDER: { take(): Promise<unknown[]> } };

export const { env, exports } = workerUnderTest<
  Bindings,
  typeof import("../../../shard-workers/journal/index.ts")
>();

export const journal = exports.JournalService;

export const event = (id: string, change: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: "1.0",
  id,
  source: "/tests",
  type: "test",
  ...change,
});

/** An event as it was handed to a pipeline. */
export interface Handed extends HandedEvent, Pick<Handover, "topic" | "pipeline" | "version"> {}

/** A topic of its own for each test: what a test before has left on the queue is not mistaken for this one's. */
export class Topic {
  readonly name = `topic-${crypto.randomUUID()}`;
  private received: Handed[] = [];

  get stub() {
    return env.TOPIC.getByName(this.name);
  }

  /** Declares pipelines that listen to the topic, and tells the journal. */
  async listen(...pipelines: string[]): Promise<void> {
    for (const name of pipelines) {
      await env.CATALOG.putPipeline(name, { topic: this.name, steps: [], deliver: [{ collection: "c" }] });
    }
    await journal.pipelinesChanged(this.name);
  }

  async append(...events: CloudEvent[]) {
    const answer = await journal.append(this.name, events);
    if (!answer.ok) throw new Error(answer.message);
    return answer;
  }

  async confirm(handed: Handed, outcome: Partial<Confirmation>): Promise<void> {
    await journal.confirm(this.name, [confirmation(handed, outcome)]);
  }

  async deliver(...handed: Handed[]): Promise<void> {
    await journal.confirm(
      this.name,
      handed.map((each) => confirmation(each, { delivered: [each.index] })),
    );
  }

  async state(id: string, source?: string) {
    const answer = await journal.eventState(this.name, id, source);
    if (!answer.ok) throw new Error(answer.code);
    return answer.event;
  }

  /** Waits until this many events were handed over since the last call, and answers with them. */
  async take(count: number): Promise<Handed[]> {
    await vi.waitFor(
      async () => {
        await this.receive();
        if (this.received.length < count) throw new Error(`${this.received.length} of ${count} events came`);
      },
      { timeout: 50_000, interval: 20 },
    );
    return this.received.splice(0);
  }

  /** All that was handed over since the last `take`, once this event, which is published for that, has come too. */
  async takeUntilMarker(): Promise<Handed[]> {
    const id = `marker-${crypto.randomUUID()}`;
    await this.append(event(id));
    await vi.waitFor(
      async () => {
        await this.receive();
        if (!this.received.some((handed) => handed.event.id === id))
          throw new Error("the marker has not come");
      },
      { timeout: 50_000, interval: 20 },
    );
    return this.received.splice(0).filter((handed) => handed.event.id !== id);
  }

  private async receive(): Promise<void> {
    for (const body of await env.RECORDER.take()) {
      const handover = parseHandover(body);
      if (handover?.topic !== this.name) continue;
      const { topic, pipeline, version, events } = handover;
      this.received.push(...events.map((handed) => ({ ...handed, topic, pipeline, version })));
    }
  }

  /** Everything in memory is gone, as after a crash; what the queue held is the test's to forget. */
  async restart(): Promise<void> {
    await evictDurableObject(this.stub);
  }

  /** Runs the alarm, if one is set, as if this much time had passed. */
  async alarmAfter(ms: number): Promise<boolean> {
    const clock = pass(ms);
    try {
      return await runDurableObjectAlarm(this.stub);
    } finally {
      clock.mockRestore();
    }
  }

  /** When the alarm is set for, from now. */
  async alarmIn(): Promise<number | null> {
    return runInDurableObject(this.stub, async (_, { storage }) => {
      const alarm = await storage.getAlarm();
      return alarm === null ? null : alarm - Date.now();
    });
  }

  async query(sql: string): Promise<Record<string, SqlStorageValue>[]> {
    return runInDurableObject(this.stub, (_, { storage }) => storage.sql.exec(sql).toArray());
  }
}

function confirmation({ sequence, pipeline, version }: Handed, outcome: Partial<Confirmation>): Confirmation {
  return { sequence, pipeline, version, delivered: [], filtered: [], dead: [], retry: [], ...outcome };
}

/** Sets the Worker's clock forward, until the mock is restored. */
export function pass(ms: number) {
  const now = Date.now();
  return vi.spyOn(Date, "now").mockReturnValue(now + ms);
}
