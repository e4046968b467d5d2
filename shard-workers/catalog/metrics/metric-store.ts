/**
 * What all Workers have counted, in SQLite.
 *
 * Layout: a row a slot (15 s) with what was counted in it and which batches that includes; the sums of all time up to a
 * slot, written anew at each fold; and a row an hour and a day, to which a fold adds the slots that they are made of.
 * Invariant: `totals` + the slots from `foldedTo` on = everything that was confirmed, each batch once. A batch is one row
 * written; a fold is one transaction. What is in memory can be thrown away at any time.
 */
import type { MetricsBatch, MetricValues } from "../../../core/contracts/metrics.ts";
import { addCounted, nothingCounted, type Counted } from "../../../core/metrics/values.ts";
import { addToPeriods, readPeriods, type PeriodKind } from "./periods.ts";
import {
  FOLD_SLOTS,
  GAUGE_KEPT_MS,
  ISOLATE_KEPT_MS,
  PART_CHARACTERS_MAX,
  SERIES_KEPT_MAX,
  SLOT_MS,
  SLOTS_KEPT,
} from "./limits.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS metric_slots (slot INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS metric_totals (part INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS metric_periods (
    kind TEXT NOT NULL, start INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, start)
  ) WITHOUT ROWID;
`;

interface Gauge {
  value: number;
  at: number;
}

interface Slot extends Counted {
  slot: number;
  gauges: Record<string, Gauge>;
  /** The last batch of each isolate that this slot has. */
  isolates: Record<string, number>;
}

interface Totals extends Counted {
  gauges: Record<string, Gauge>;
  isolates: Record<string, { sequence: number; at: number }>;
  /** The first slot that is not in them. */
  foldedTo: number;
}

export class MetricStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;
  private readonly totals: Totals;
  private readonly slots: Slot[] = [];
  private readonly known = new Set<string>();
  private dropped = 0;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    this.sql.exec(SCHEMA);
    this.totals = this.readTotals();
    const rows = this.sql.exec<{ body: string }>("SELECT body FROM metric_slots ORDER BY slot");
    for (const { body } of rows) {
      const slot = JSON.parse(body) as Slot; // this object's own writing
      this.slots.push(slot);
      if (slot.slot >= this.totals.foldedTo) this.addToTotals(slot);
    }
  }

  /** Takes a batch, unless it has it. Durable with this turn. */
  record({ isolate, sequence, values }: MetricsBatch, now: number): void {
    const last = this.totals.isolates[isolate];
    if (last !== undefined && last.sequence >= sequence) return;
    const current = this.currentSlot(now);
    const gauges = Object.fromEntries(
      Object.entries(values.gauges).map(([key, value]) => [key, { value, at: now }]),
    );
    // Names come over as JSON from Workers of this deployment; what is too many is left out and counted.
    const more: Slot = { ...values, gauges, slot: current.slot, isolates: { [isolate]: sequence } };
    const mayAdd = (key: string): boolean => this.mayKeep(key);
    addCounted(current, more, mayAdd);
    Object.assign(current.gauges, gauges);
    current.isolates[isolate] = sequence;
    this.addToTotals(more, mayAdd);
    this.sql.exec(
      "INSERT OR REPLACE INTO metric_slots (slot, body) VALUES (?, ?)",
      current.slot,
      JSON.stringify(current),
    );
  }

  /** Everything since the beginning. */
  all(): MetricValues {
    const { counters, histograms, gauges } = this.totals;
    const dropped = (counters["umbel_metrics_dropped_total"] ?? 0) + this.dropped;
    return {
      counters: dropped === 0 ? counters : { ...counters, umbel_metrics_dropped_total: dropped },
      histograms,
      gauges: {
        ...Object.fromEntries(Object.entries(gauges).map(([key, { value }]) => [key, value])),
        umbel_metrics_series: this.known.size,
      },
    };
  }

  /** What was counted in the last seconds: of slots for up to an hour, of whole hours beyond. */
  during(seconds: number, now: number): Counted {
    const since = now - seconds * 1_000;
    const sum = nothingCounted();
    const fromSlots = seconds <= 3_600 ? since : Math.max(since, this.totals.foldedTo * SLOT_MS);
    if (seconds > 3_600) {
      for (const { start, counted } of readPeriods(this.sql, "hour")) {
        if (start >= since) addCounted(sum, counted);
      }
    }
    for (const slot of this.slots) if (slot.slot * SLOT_MS >= fromSlots) addCounted(sum, slot);
    return sum;
  }

  /** By hour or day, ascending, those that have anything. `start`: epoch ms, in UTC. */
  periods(kind: PeriodKind): { start: number; counted: Counted }[] {
    const open = this.slots.filter(({ slot }) => slot >= this.totals.foldedTo);
    return readPeriods(
      this.sql,
      kind,
      open.map((slot) => ({ at: slot.slot * SLOT_MS, counted: slot })),
    );
  }

  private currentSlot(now: number): Slot {
    const number = Math.floor(now / SLOT_MS);
    const last = this.slots.at(-1);
    // A clock that goes back must not open a slot that is folded.
    if (last !== undefined && last.slot >= number) return last;
    if (number >= this.totals.foldedTo + FOLD_SLOTS) this.fold(number, now);
    const slot: Slot = { slot: number, ...nothingCounted(), gauges: {}, isolates: {} };
    this.slots.push(slot);
    return slot;
  }

  /** Adds all slots, which are before `upTo`, to hours and days, and writes the sums of all time. */
  private fold(upTo: number, now: number): void {
    const folded = this.slots.filter(({ slot }) => slot >= this.totals.foldedTo);
    const { gauges, isolates } = this.totals;
    for (const [key, { at }] of Object.entries(gauges)) if (at < now - GAUGE_KEPT_MS) delete gauges[key];
    for (const [key, { at }] of Object.entries(isolates))
      if (at < now - ISOLATE_KEPT_MS) delete isolates[key];
    this.totals.foldedTo = upTo;
    const text = JSON.stringify(this.totals);
    this.storage.transactionSync(() => {
      addToPeriods(
        this.sql,
        folded.map((slot) => ({ at: slot.slot * SLOT_MS, counted: slot })),
      );
      this.sql.exec("DELETE FROM metric_totals");
      for (let part = 0; part * PART_CHARACTERS_MAX < text.length; part++) {
        const body = text.slice(part * PART_CHARACTERS_MAX, (part + 1) * PART_CHARACTERS_MAX);
        this.sql.exec("INSERT INTO metric_totals (part, body) VALUES (?, ?)", part, body);
      }
      this.sql.exec("DELETE FROM metric_slots WHERE slot < ?", upTo - SLOTS_KEPT);
    });
    while ((this.slots[0]?.slot ?? upTo) < upTo - SLOTS_KEPT) this.slots.shift();
  }

  private addToTotals(slot: Slot, mayAdd: (key: string) => boolean = (key) => this.mayKeep(key)): void {
    addCounted(this.totals, slot, mayAdd);
    Object.assign(this.totals.gauges, slot.gauges);
    for (const [isolate, sequence] of Object.entries(slot.isolates))
      this.totals.isolates[isolate] = { sequence, at: slot.slot * SLOT_MS };
  }

  private mayKeep(key: string): boolean {
    if (this.known.has(key)) return true;
    if (this.known.size >= SERIES_KEPT_MAX) {
      this.dropped += 1;
      return false;
    }
    this.known.add(key);
    return true;
  }

  private readTotals(): Totals {
    const parts = this.sql.exec<{ body: string }>("SELECT body FROM metric_totals ORDER BY part").toArray();
    const none: Totals = { ...nothingCounted(), gauges: {}, isolates: {}, foldedTo: 0 };
    if (parts.length === 0) return none;
    const totals = JSON.parse(parts.map(({ body }) => body).join("")) as Totals; // this object's own writing
    for (const kept of [totals.counters, totals.histograms])
      for (const key of Object.keys(kept)) this.known.add(key);
    return totals;
  }
}
