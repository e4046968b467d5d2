/**
 * What the bench of events runs beside the platform's own Workers: a driver that publishes to a journal and waits, and a
 * consumer that does nothing but count, behind a journal and a queue of the same kind.
 */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { parseHandover } from "../../core/contracts/queue.ts";
import type { JournalApi } from "../../core/contracts/journal.ts";

interface Env {
  PLATFORM: JournalApi;
  IDLE: JournalApi;
}

type Side = "platform" | "idle";

/** Events an append, as a busy sender's requests have; and appends at a time. */
const BATCH = 250;
const AT_ONCE = 4;

/** How often the end is looked for: looking costs, and only where a journal is asked. */
const POLL_MS = 10;

/** What the idle consumer has seen: places of events by log row, by topic. What comes again is not counted again. */
const seen = new Map<string, Map<number, Set<number>>>();

function consumed(topic: string): number {
  let count = 0;
  for (const indexes of seen.get(topic)?.values() ?? []) count += indexes.size;
  return count;
}

/** Once it is measured, the idle side's journal is told, so that it does not hand over again for ever. */
async function settle(env: Env, topic: string): Promise<void> {
  const confirmations = [...(seen.get(topic) ?? [])].map(([sequence, indexes]) => ({
    sequence,
    pipeline: topic,
    version: 1,
    delivered: [...indexes],
    filtered: [],
    dead: [],
    retry: [],
  }));
  await env.IDLE.confirm(topic, confirmations);
}

function eventOf(topic: string, n: number): CloudEvent {
  return {
    specversion: "1.0",
    id: `${topic}-${n}`,
    source: "/bench",
    type: "order.placed",
    datacontenttype: "application/json",
    data: {
      id: `${topic}-${n}`,
      customer: `customer ${n % 1_000}`,
      items: [{ sku: `sku-${n % 97}`, quantity: 1 + (n % 5), price: 9.5 }],
      note: "please ring twice, the bell is hard to hear from the garden",
    },
  };
}

async function publish(journal: JournalApi, topic: string, from: number, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => eventOf(topic, from + n));
  const answer = await journal.append(topic, events);
  if (!answer.ok) throw new Error(answer.message);
}

/** Publishes so many events, and answers when all have been confirmed, or counted, with the milliseconds it took. */
async function throughput(env: Env, side: Side, topic: string, events: number): Promise<number> {
  const journal = side === "platform" ? env.PLATFORM : env.IDLE;
  const startedAt = Date.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < events) {
      const from = next;
      next += BATCH;
      await publish(journal, topic, from, Math.min(BATCH, events - from));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  await until(async () =>
    side === "platform" ? (await journal.counts(topic)).delivered >= events : consumed(topic) >= events,
  );
  return Date.now() - startedAt;
}

/** One event by itself: the milliseconds until it was confirmed, or counted. */
async function latency(env: Env, side: Side, topic: string, n: number): Promise<number> {
  const journal = side === "platform" ? env.PLATFORM : env.IDLE;
  const startedAt = Date.now();
  await publish(journal, topic, n, 1);
  await until(async () => {
    if (side === "idle") return consumed(topic) > n;
    const answer = await journal.eventState(topic, `${topic}-${n}`);
    return answer.ok && answer.event.state === "delivered";
  });
  return Date.now() - startedAt;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await scheduler.wait(POLL_MS);
}

export default {
  async fetch(request, env): Promise<Response> {
    const [, action, side, topic = "", count] = new URL(request.url).pathname.split("/");
    if (side !== "platform" && side !== "idle") return new Response(null, { status: 404 });
    const ms =
      action === "throughput"
        ? await throughput(env, side, topic, Number(count))
        : await latency(env, side, topic, Number(count));
    if (side === "idle") await settle(env, topic);
    return Response.json({ ms });
  },
  async queue(batch): Promise<void> {
    for (const { body } of batch.messages) {
      const handover = parseHandover(body);
      if (handover === undefined) continue;
      const rows = seen.get(handover.topic) ?? new Map<number, Set<number>>();
      seen.set(handover.topic, rows);
      for (const { sequence, index } of handover.events) {
        const indexes = rows.get(sequence) ?? new Set<number>();
        rows.set(sequence, indexes.add(index));
      }
    }
  },
} satisfies ExportedHandler<Env>;
