/**
 * The journal of one topic: a Durable Object that takes events and hands them to the pipelines that listen, again
 * and again, until each pipeline has confirmed each event.
 *
 * What is kept, and what it costs (a row written is $1 a million):
 * - `log`: a row for each append: the events as JSON on a line each, hashes of their identities, who listened. Written
 *   once, in the turn that answers; the platform's output gate holds the answer, and every message to the queue, until
 *   it is durable. An append of more than 1 MB takes several rows, in one transaction.
 * - `blocks`: the progress of 32 log rows in one row: a mark an event and pipeline, and the leases. It is written
 *   when something is confirmed in it, and when a newer block follows it. Rows that it does not mention are as
 *   accepted: handed over once, on the first lease, which ends a fixed time after acceptance. So an append
 *   writes its one row, and confirming many small appends writes few.
 * - `troubles`: for a delivery in which something failed, each such event's failures and last error.
 * - `journal`: the topic's name, and the counts of blocks that are gone.
 * Settled blocks go after a week, after a month where something died, and sooner when room is short; the newest stays.
 *
 * Invariants:
 * 1. An event that was answered for is in `log` until every pipeline that listened has settled it.
 * 2. Whatever is in flight has a lease, and an alarm is set for no later than the first lease's end: every written
 *    block has its earliest in `dueAt`, and the newest block, which may be ahead of its row, is looked at by every alarm.
 * 3. A mark that is settled never changes, so counts only grow, and accepted = delivered + filtered + dead + in flight.
 *
 * What can fail: the Catalog, when asked who listens: the append fails and nothing is taken. The queue, by an error or
 * by forgetting: the lease hands over again. A consumer, before it confirms: likewise, so it may see an event
 * twice. This object, at any time: what is in memory is a cache of the tables, but for events on their way to the
 * queue, which their lease brings again. An answer that is lost on its way: the sender repeats the events, which are
 * found by their identity among the latest 65,536 of 24 hours, and answered for without being taken twice.
 */
import { DurableObject } from "cloudflare:workers";
import type {
  AcceptedEvent,
  Confirmation,
  EventCounts,
  EventState,
  ReplayPage,
  StartAlone,
} from "../../core/contracts/journal.ts";
import type { TopicSettings } from "../../core/contracts/topic-settings.ts";
import { failure, type Result } from "../../core/errors.ts";
import { sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import { meterRequests, ObjectUsage } from "../../core/metrics/object-usage.ts";
import { startAlone } from "./alone.ts";
import { appendToLog, sift } from "./append.ts";
import { Blocks } from "./blocks.ts";
import { applyConfirmations } from "./confirm.ts";
import { describeEvent } from "./describe.ts";
import { Handover } from "./handover.ts";
import { Keys } from "./keys.ts";
import { smoothLatency } from "./lease.ts";
import { JOURNAL_BYTES_MAX, LEASE_FIRST_MS, REPLAY_ROWS_MAX } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { countAccepted, countConfirmed, countHandedOver, countParked } from "./meter-events.ts";
import type { Parcel } from "./pack.ts";
import type { Listener } from "./progress.ts";
import { entriesOf } from "./replay.ts";
import type { Entry } from "./rows.ts";
import { JournalStore } from "./store.ts";
import { expire, nextTickAt, renewDue } from "./tick.ts";

export class TopicJournal extends DurableObject<JournalBindings> {
  readonly usage: ObjectUsage;
  private readonly store: JournalStore;
  private readonly blocks: Blocks;
  private readonly keys: Keys;
  private readonly handover: Handover;
  private readonly listeners: Listeners;
  /** What confirmations of first handovers took of late. */
  private latencyMs = 0;
  /** What the alarm is set for; infinity: it is not. */
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: JournalBindings) {
    super(ctx, env);
    this.usage = new ObjectUsage("topic", ctx, env.CATALOG);
    this.store = new JournalStore(ctx.storage, this.usage);
    if (this.store.exists) this.usage.isOf(this.store.topic);
    // To ask for a topic that there is not leaves no series of its name.
    else this.usage.isOf("topics", "platform");
    this.blocks = new Blocks(this.store);
    this.keys = new Keys(this.store);
    this.handover = new Handover(async (messages) => {
      await env.EVENTS.sendBatch(messages.map(({ text }) => ({ body: text, contentType: "text" })));
      countHandedOver(messages);
    });
    this.listeners = new Listeners(async (topic) => {
      const pipelines = await env.CATALOG.pipelinesOf(topic);
      return {
        listeners: pipelines.map(({ name, version }) => ({ pipeline: name, version })),
        parked: new Set(pipelines.filter(({ overBudget }) => overBudget === true).map(({ name }) => name)),
      };
    });
    void ctx.blockConcurrencyWhile(async () => {
      this.alarmAt = (await ctx.storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    });
  }

  /** `JournalApi.append`, with the events as the log keeps them. */
  async append(
    topic: string,
    entries: Entry[],
  ): Promise<Result<{ accepted: AcceptedEvent[]; pipelines: string[] }>> {
    const heard = await this.listeners.get(topic, Date.now());
    if (!heard.ok) return heard;
    if (this.store.bytes > JOURNAL_BYTES_MAX) {
      return failure("unavailable", "The topic holds all it can until its pipelines have caught up.");
    }
    const { listeners, parked } = heard;
    const { store, blocks, keys } = this;
    const now = this.time();
    store.create(topic);
    this.usage.isOf(topic);
    const { accepted, parcels } = this.change(() => {
      const sifted = sift(keys, entries, now);
      return {
        accepted: sifted.accepted,
        parcels: appendToLog({ store, blocks, keys }, sifted.fresh, listeners, now),
      };
    });
    const fresh = entries.filter((_, at) => accepted[at]?.duplicate !== true);
    countAccepted(
      topic,
      fresh.length,
      fresh.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    await this.wakeAt(now + LEASE_FIRST_MS);
    this.offer(topic, parcels, parked);
    return { ok: true, accepted, pipelines: listeners.map(({ pipeline }) => pipeline) };
  }

  /** `JournalApi.replay`, with the events as the log keeps them. */
  async replay(topic: string, listener: Listener, entries: Entry[]): Promise<Result<{ replayed: number }>> {
    if (this.store.bytes > JOURNAL_BYTES_MAX) {
      return failure("unavailable", "The topic holds all it can until its pipelines have caught up.");
    }
    const parked = await this.parked(topic, Date.now());
    const { store, blocks, keys } = this;
    const now = this.time();
    store.create(topic);
    this.usage.isOf(topic);
    const parcels = this.change(() => appendToLog({ store, blocks, keys }, entries, [listener], now));
    await this.wakeAt(now + LEASE_FIRST_MS);
    this.offer(topic, parcels, parked);
    return { ok: true, replayed: entries.length };
  }

  async replayRange(
    topic: string,
    listener: Listener,
    { from, to, after = 0 }: { from: number; to: number; after?: number },
  ): Promise<Result<ReplayPage>> {
    if (!this.store.exists) return { ok: true, replayed: 0 };
    const sequences = this.store.sequencesBetween(from, to, after, REPLAY_ROWS_MAX);
    const entries = sequences.flatMap((sequence) => entriesOf(this.store, sequence));
    const answer = await this.replay(topic, listener, entries);
    if (!answer.ok) return answer;
    const next = sequences.length < REPLAY_ROWS_MAX ? undefined : sequences.at(-1);
    return { ok: true, replayed: answer.replayed, ...(next === undefined ? {} : { next }) };
  }

  async confirm(confirmations: Confirmation[]): Promise<void> {
    if (!this.store.exists) return;
    const now = Date.now();
    const confirmed = this.change(() => applyConfirmations(this.store, this.blocks, confirmations, now));
    const { dueAt, latencyMs } = confirmed;
    countConfirmed(this.store.topic, confirmed, now);
    // Whoever is to be alarmed by them does not wait for the next request.
    if (confirmed.news.some(({ dead }) => dead.length > 0))
      this.ctx.waitUntil(sendMetricsNow(this.env.CATALOG));
    if (latencyMs !== undefined) this.latencyMs = smoothLatency(this.latencyMs, latencyMs);
    await this.wakeAt(dueAt);
  }

  async startAlone(place: { pipeline: string; sequence: number; index: number }): Promise<StartAlone> {
    if (!this.store.exists) return "skip";
    return this.change(() => startAlone(this.store, this.blocks, place, Date.now()));
  }

  async eventState(id: string, source?: string): Promise<Result<{ event: EventState }>> {
    const found = this.store.exists ? await this.keys.find(id, source, Date.now()) : undefined;
    this.keys.forget("events");
    if (found === undefined)
      return failure("unknown-event", "There is no such event, or it is kept no longer.");
    return { ok: true, event: describeEvent(this.store, this.blocks, found) };
  }

  async counts(): Promise<EventCounts> {
    if (!this.store.exists) return { accepted: 0, delivered: 0, filtered: 0, dead: 0, inFlight: 0 };
    return this.store.counts();
  }

  async settings(): Promise<TopicSettings> {
    return this.store.settings;
  }

  /** What was remembered by the former settings is read anew, and an alarm looks at what they let go. */
  async configure(topic: string, settings: Partial<TopicSettings>): Promise<TopicSettings> {
    this.store.create(topic);
    this.usage.isOf(topic);
    this.store.configure(settings);
    this.keys.forget("everything");
    await this.wakeAt(Date.now());
    return this.store.settings;
  }

  async pipelinesChanged(): Promise<void> {
    this.listeners.changed();
  }

  /** Never throws: the platform gives an alarm up after some failures, and then nothing would be handed over again. */
  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    try {
      const moment = {
        now,
        latencyMs: this.latencyMs,
        random: Math.random,
        parked: await this.parked(this.store.topic, now),
      };
      const parcels = this.change(() => renewDue(this.store, this.blocks, moment));
      expire(this.store, this.blocks, now);
      await this.wakeAt(nextTickAt(this.store, this.blocks));
      await this.handover.offer(this.store.topic, parcels);
    } catch (error) {
      console.error(JSON.stringify({ event: "journal-alarm-failed", error: String(error) }));
      await this.wakeAt(now + LEASE_FIRST_MS);
    }
  }

  /** Hands over what is new, behind the answer. What waits for a budget has its lease, and the alarm looks again. */
  private offer(topic: string, parcels: readonly Parcel[], parked: ReadonlySet<string>): void {
    const { waits = [], runs = [] } = Object.groupBy(parcels, ({ pipeline }) =>
      parked.has(pipeline) ? "waits" : "runs",
    );
    countParked(waits);
    this.ctx.waitUntil(this.handover.offer(topic, runs));
  }

  /** Where it can't be told, none: to hand over what should wait costs little, and to let what should not wait costs more. */
  private async parked(topic: string, now: number): Promise<ReadonlySet<string>> {
    const heard = await this.listeners.get(topic, now);
    return heard.ok ? heard.parked : new Set();
  }

  /** A transaction, with memory as much rolled back as the tables are. */
  private change<T>(work: () => T): T {
    try {
      return this.store.transaction(work);
    } catch (error) {
      this.blocks.forget();
      this.keys.forget("everything");
      throw error;
    }
  }

  /** A clock that never goes back: events are ordered by when they were accepted, and a machine's clock may be set. */
  private time(): number {
    return Math.max(Date.now(), this.store.exists ? (this.store.lastRow()?.acceptedAt ?? 0) : 0);
  }

  /** Sets the alarm, unless it is set for earlier. */
  private async wakeAt(time: number): Promise<void> {
    if (time >= this.alarmAt) return;
    this.alarmAt = time;
    this.usage.rows(0, 1);
    await this.ctx.storage.setAlarm(time);
  }
}

/** All that reaches a journal. */
const JOURNAL_REQUESTS = {
  append: true,
  replay: true,
  replayRange: true,
  confirm: true,
  startAlone: true,
  eventState: true,
  counts: true,
  settings: true,
  configure: true,
  pipelinesChanged: true,
  alarm: true,
} as const;
meterRequests(TopicJournal, JOURNAL_REQUESTS);
