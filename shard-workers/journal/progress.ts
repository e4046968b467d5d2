/**
 * How far events are: pure functions over a block of log rows. A batch is one log row's events; a delivery is a batch
 * on its way through one pipeline, with a mark an event and one lease for those that it has not been heard of.
 */
import type { Confirmation, EventStateName } from "../../core/contracts/journal.ts";
import { LEASE_FIRST_MS } from "./limits.ts";

/** `.` handed over and not heard of, `r` failed and to be tried again; the others are settled and stay. */
export type Mark = "." | "r" | "d" | "f" | "x";

export interface Listener {
  pipeline: string;
  version: number;
}

export interface Delivery extends Listener {
  /** Times that what is marked `.` was handed over, and when that was last. */
  handed: number;
  handedAt: number;
  /** When the lease of what is marked `.` ends. */
  dueAt: number;
  /** When the first of what is marked `r` is to be handed over. */
  retryAt: number;
  marks: Mark[];
}

export interface Batch {
  sequence: number;
  acceptedAt: number;
  deliveries: Delivery[];
}

/** Events by their final state, counted once, however many pipelines listen. */
export interface Settled {
  delivered: number;
  filtered: number;
  dead: number;
}

export interface Block {
  number: number;
  /** By sequence, in its order. */
  batches: Map<number, Batch>;
  settled: Settled;
}

/** A batch as it is accepted: each listener has been handed everything, on its first lease. Nothing of it is written. */
export function acceptedBatch(
  sequence: number,
  acceptedAt: number,
  count: number,
  listeners: Listener[],
): Batch {
  return {
    sequence,
    acceptedAt,
    deliveries: listeners.map((listener) => ({
      ...listener,
      handed: 1,
      handedAt: acceptedAt,
      dueAt: acceptedAt + LEASE_FIRST_MS,
      retryAt: Number.POSITIVE_INFINITY,
      marks: Array.from<Mark>({ length: count }).fill("."),
    })),
  };
}

function isSettled(mark: Mark): boolean {
  return mark === "d" || mark === "f" || mark === "x";
}

export function stateOf(mark: Mark): EventStateName {
  switch (mark) {
    case ".":
    case "r":
      return "accepted";
    case "d":
      return "delivered";
    case "f":
      return "filtered";
    case "x":
      return "dead";
  }
}

/** An event's state over all pipelines that listened. Without any, nothing wanted it. */
export function eventStateOf(batch: Batch, index: number): EventStateName {
  const states = new Set(batch.deliveries.map(({ marks }) => stateOf(marks[index] ?? ".")));
  if (states.has("accepted")) return "accepted";
  if (states.has("dead")) return "dead";
  return states.has("delivered") ? "delivered" : "filtered";
}

/** What a confirmation said of events that had not been settled yet. */
export type Applied =
  | { changed: false }
  | ({ changed: true; delivery: Delivery; acceptedAt: number } & Pick<
      Confirmation,
      "delivered" | "filtered" | "dead" | "retry"
    >);

/** Marks what a confirmation says in the block. What is settled, or not there, is passed over. */
export function applyConfirmation(block: Block, confirmation: Confirmation): Applied {
  const batch = block.batches.get(confirmation.sequence);
  const delivery = batch?.deliveries.find(({ pipeline }) => pipeline === confirmation.pipeline);
  if (batch === undefined || delivery === undefined) return { changed: false };
  const open = (index: number): boolean => {
    const mark = delivery.marks[index];
    return mark !== undefined && !isSettled(mark);
  };
  const settle = (index: number, mark: Mark): boolean => {
    if (!open(index)) return false;
    delivery.marks[index] = mark;
    const state = eventStateOf(batch, index);
    if (state !== "accepted") block.settled[state]++;
    return true;
  };
  const delivered = confirmation.delivered.filter((index) => settle(index, "d"));
  const filtered = confirmation.filtered.filter((index) => settle(index, "f"));
  const dead = confirmation.dead.filter(({ index }) => settle(index, "x"));
  const retry = confirmation.retry.filter(({ index }) => open(index));
  for (const { index } of retry) delivery.marks[index] = "r";
  if (delivered.length + filtered.length + dead.length + retry.length === 0) return { changed: false };
  delivery.version = confirmation.version;
  return { changed: true, delivery, acceptedAt: batch.acceptedAt, delivered, filtered, dead, retry };
}

/** When something of a delivery is to be handed over; infinity when nothing is in flight. */
export function deliveryDueAt({ marks, dueAt, retryAt }: Delivery): number {
  const leased = marks.includes(".") ? dueAt : Number.POSITIVE_INFINITY;
  return marks.includes("r") ? Math.min(leased, retryAt) : leased;
}

/** When something of the block is to be handed over; infinity when nothing is in flight. */
export function blockDueAt(block: Block): number {
  let dueAt = Number.POSITIVE_INFINITY;
  for (const { deliveries } of block.batches.values()) {
    for (const delivery of deliveries) dueAt = Math.min(dueAt, deliveryDueAt(delivery));
  }
  return dueAt;
}

type EncodedDelivery = [string, number, number, number, number, number | null, string];

/** The block's progress as JSON text: what can't be told from the log rows. */
export function encodeProgress(block: Block): string {
  return JSON.stringify(
    [...block.batches.values()]
      .filter(({ deliveries }) => deliveries.length > 0)
      .map(({ sequence, deliveries }) => [
        sequence,
        deliveries.map(({ pipeline, version, handed, handedAt, dueAt, retryAt, marks }): EncodedDelivery => [
          pipeline,
          version,
          handed,
          handedAt,
          dueAt,
          Number.isFinite(retryAt) ? retryAt : null,
          encodeMarks(marks),
        ]),
      ]),
  );
}

/** Puts progress that was written over batches as they were accepted; batches that it does not know stay so. */
export function decodeProgress(block: Block, text: string): void {
  // This module's own writing, so its type is known.
  const encoded = JSON.parse(text) as [number, EncodedDelivery[]][];
  for (const [sequence, deliveries] of encoded) {
    const batch = block.batches.get(sequence);
    if (batch === undefined) continue;
    batch.deliveries = deliveries.map(([pipeline, version, handed, handedAt, dueAt, retryAt, marks]) => ({
      pipeline,
      version,
      handed,
      handedAt,
      dueAt,
      retryAt: retryAt ?? Number.POSITIVE_INFINITY,
      marks: decodeMarks(marks),
    }));
  }
}

/** Runs of a mark with their length, which is left out where it is 1: `d12.x3`. */
export function encodeMarks(marks: readonly Mark[]): string {
  let text = "";
  for (let start = 0; start < marks.length;) {
    let end = start + 1;
    while (marks[end] === marks[start]) end++;
    text += end - start === 1 ? marks[start] : `${marks[start]}${end - start}`;
    start = end;
  }
  return text;
}

export function decodeMarks(text: string): Mark[] {
  return [...text.matchAll(/([.rdfx])(\d*)/g)].flatMap(([, mark, length]) =>
    // The pattern matches nothing but marks.
    Array.from<Mark>({ length: length === "" ? 1 : Number(length) }).fill(mark as Mark),
  );
}
