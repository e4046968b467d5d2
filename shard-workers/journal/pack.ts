/** Packs events into queue messages, and messages into sends, each as full as the queue's limits let them be. */
import { MESSAGE_BYTES_MAX, SEND_BYTES_MAX, SEND_MESSAGES_MAX } from "./limits.ts";
import type { Listener } from "./progress.ts";

/** One event for one pipeline. */
export interface Parcel extends Listener {
  sequence: number;
  index: number;
  failures: number;
  waits: number;
  /** When it was accepted, the first time. */
  acceptedAt: number;
  /** Further members of its place as JSON, each after a comma: `,"alone":true`. */
  more: string;
  /** The event as JSON. */
  json: string;
  /** The length in UTF-8 of that and `more`. */
  bytes: number;
}

export interface PackedMessage {
  /** Whose events it carries. */
  pipeline: string;
  /** A `Handover` as JSON. */
  text: string;
  bytes: number;
}

/** What an event's place takes in a message: names and punctuation, and five numbers of 16 digits. */
const PLACE_BYTES_MAX = 160;

/** What an event's further members take: eight errors of 400 characters, and the keys of its sinks. */
const MORE_BYTES_MAX = 14_000;

/** What a message takes beside its events: its members' names, a version, and two names of 63 bytes. */
const ENVELOPE_BYTES_MAX = 220;

/** Longer events may fit no message, once something has gone wrong with them. */
export const PARCEL_BYTES_MAX = MESSAGE_BYTES_MAX - PLACE_BYTES_MAX - ENVELOPE_BYTES_MAX - MORE_BYTES_MAX;

/** The messages for some parcels: those of a pipeline and version together, in their order. */
export function packMessages(topic: string, parcels: readonly Parcel[]): PackedMessage[] {
  const groups = new Map<string, Parcel[]>();
  for (const parcel of parcels) {
    const key = JSON.stringify([parcel.pipeline, parcel.version]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [parcel]);
    else group.push(parcel);
  }
  return [...groups.values()].flatMap((group) =>
    fill(group, messageRoom).map((packed) => message(topic, packed)),
  );
}

/** Messages in groups that one `sendBatch` takes. */
export function packSends(messages: readonly PackedMessage[]): PackedMessage[][] {
  return fill(messages, sendRoom);
}

interface Room {
  countMax: number;
  bytesMax: number;
  /** What an item takes beyond its own bytes. */
  overheadBytes: number;
}

const messageRoom: Room = {
  countMax: Number.POSITIVE_INFINITY,
  bytesMax: MESSAGE_BYTES_MAX - ENVELOPE_BYTES_MAX,
  overheadBytes: PLACE_BYTES_MAX,
};
const sendRoom: Room = { countMax: SEND_MESSAGES_MAX, bytesMax: SEND_BYTES_MAX, overheadBytes: 0 };

/** Cuts items, in order, into groups that have room for them. An item too large for any is a group alone. */
function fill<T extends { bytes: number }>(items: readonly T[], room: Room): T[][] {
  const groups: T[][] = [];
  let group: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = item.bytes + room.overheadBytes;
    if (group.length > 0 && (group.length === room.countMax || bytes + itemBytes > room.bytesMax)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(item);
    bytes += itemBytes;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

function message(topic: string, parcels: Parcel[]): PackedMessage {
  const { pipeline = "", version = 0 } = parcels[0] ?? {};
  const events = parcels.map(
    ({ sequence, index, failures, waits, acceptedAt, more, json }) =>
      `{"sequence":${sequence},"index":${index},"failures":${failures},"waits":${waits},"acceptedAt":${acceptedAt}${more},"event":${json}}`,
  );
  const head = JSON.stringify({ topic, pipeline, version }).slice(0, -1);
  const text = `${head},"events":[${events.join(",")}]}`;
  const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes + PLACE_BYTES_MAX, ENVELOPE_BYTES_MAX);
  return { pipeline, text, bytes };
}
