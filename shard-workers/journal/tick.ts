/** What an alarm does: hand over again what was not heard of in time, and let go what has been kept long enough. */
import { firstMember } from "./append.ts";
import type { Blocks } from "./blocks.ts";
import { TICK_BLOCKS_MAX, TICK_BYTES_MAX } from "./limits.ts";
import type { Parcel } from "./pack.ts";
import { blockDueAt, deliveryDueAt, type Batch } from "./progress.ts";
import { renewLeases, type Moment } from "./renew.ts";
import { blockOf, type JournalStore, type Trouble } from "./store.ts";

const encoder = new TextEncoder();

/**
 * Renews the leases that have ended, as many as one alarm may, and answers with what is to be handed over on them.
 * The caller holds a transaction.
 */
export function renewDue(store: JournalStore, blocks: Blocks, moment: Moment): Parcel[] {
  const newest = blockOf(store.lastRow()?.sequence ?? 0);
  const due = new Set([...store.dueBlocks(moment.now, TICK_BLOCKS_MAX), newest]);
  const parcels: Parcel[] = [];
  let bytesLeft = TICK_BYTES_MAX;
  for (const number of due) {
    if (bytesLeft <= 0) break;
    const block = blocks.load(number);
    const stale = [...block.batches.values()].filter(({ deliveries }) =>
      deliveries.some((delivery) => deliveryDueAt(delivery) <= moment.now),
    );
    for (const batch of stale) {
      if (bytesLeft <= 0) break;
      const renewed = renewBatch(store, batch, moment);
      bytesLeft -= renewed.reduce((sum, { bytes }) => sum + bytes, 0);
      parcels.push(...renewed);
    }
    if (stale.length > 0) blocks.save(block);
  }
  return parcels;
}

function renewBatch(store: JournalStore, { sequence, deliveries }: Batch, moment: Moment): Parcel[] {
  const row = store.eventsOf(sequence);
  const firsts = store.firstsOf(sequence);
  return deliveries.flatMap((delivery) => {
    if (deliveryDueAt(delivery) > moment.now) return [];
    const { pipeline, version } = delivery;
    const troubles = store.troublesOf(sequence, pipeline);
    const renewed = renewLeases(delivery, troubles, moment);
    if (renewed.some(({ index }) => troubles[index] !== undefined))
      store.saveTroubles(sequence, pipeline, troubles);
    return renewed.map(({ index, failures, waits }): Parcel => {
      const json = row?.events[index] ?? "null";
      const first = firsts?.[index];
      const more = firstMember(first) + moreOf(troubles[index]);
      const bytes = encoder.encode(json).byteLength + encoder.encode(more).byteLength;
      const acceptedAt = first?.acceptedAt ?? row?.acceptedAt ?? 0;
      return { pipeline, version, sequence, index, failures, waits, acceptedAt, more, json, bytes };
    });
  });
}

/** What a handover says of an event with which something went wrong, as JSON members. */
function moreOf(trouble: Trouble | undefined): string {
  if (trouble === undefined) return "";
  const { alone, done, history } = trouble;
  const members = { ...(alone && { alone: true }), ...(done && { done }), ...(history && { history }) };
  const json = JSON.stringify(members).slice(1, -1);
  return json === "" ? "" : `,${json}`;
}

/** Lets go of blocks whose time is over, as many as one alarm may. */
export function expire(store: JournalStore, blocks: Blocks, now: number): void {
  const newest = blockOf(store.lastRow()?.sequence ?? 0);
  const pressed = store.bytes > store.settings.retentionBytes;
  for (const number of store.expiredBlocks(newest, now, pressed, TICK_BLOCKS_MAX)) {
    store.dropBlock(number);
    blocks.forget(number);
  }
}

/** When the next alarm has something to do; infinity: never. */
export function nextTickAt(store: JournalStore, blocks: Blocks): number {
  const newest = blockOf(store.lastRow()?.sequence ?? 0);
  return Math.min(store.nextDueAt(), blockDueAt(blocks.load(newest)), store.nextExpiryAt(newest));
}
