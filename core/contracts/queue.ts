/**
 * What goes through the queue: events of one topic on their way through one pipeline, packed so that a message
 * (billed by 64 KB) carries as many as fit. It travels as JSON text, since the journal keeps events as text.
 */
import type { CloudEvent } from "../cloudevents/event.ts";
import { isObject } from "../document/values.ts";

/** One event with its place in the journal, by which its outcome is confirmed. */
export interface HandedEvent {
  /** The journal's log row, and where in it the event stands. */
  sequence: number;
  index: number;
  /** How often this pipeline has already failed with the event, and how often it had to wait for the platform. */
  failures: number;
  waits: number;
  /** When it was accepted, in epoch milliseconds: for what is replayed, the first time. */
  acceptedAt: number;
  /** For what is replayed: its place when it was accepted. */
  first?: { sequence: number; index: number };
  /** It may have ended its consumer: it is to be run when nothing else is at stake, and after `startAlone`. */
  alone?: true;
  /** The sinks that have it already, from a run that failed at others. */
  done?: string[];
  /** What went wrong so far. */
  history?: Attempt[];
  event: CloudEvent;
}

/** A run that went wrong, or several in a row that went wrong alike. */
export interface Attempt {
  /** Epoch milliseconds of the first of them. */
  at: number;
  /** The pipeline's version that ran. */
  version: number;
  error: string;
  times: number;
}

/** The body of one message. */
export interface Handover {
  topic: string;
  pipeline: string;
  /** The pipeline's version when the events were accepted: what runs them is at least as new. */
  version: number;
  events: HandedEvent[];
}

/** Reads a message's body; undefined when it is not a handover, as when something else wrote to the queue. */
export function parseHandover(body: unknown): Handover | undefined {
  if (typeof body !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return isHandover(value) ? value : undefined;
}

function isHandover(value: unknown): value is Handover {
  return (
    isObject(value) &&
    typeof value["topic"] === "string" &&
    typeof value["pipeline"] === "string" &&
    typeof value["version"] === "number" &&
    Array.isArray(value["events"]) &&
    value["events"].every(isHandedEvent)
  );
}

/** The journal validated the event when it took it; here only what is read without asking is looked at. */
function isHandedEvent(value: unknown): value is HandedEvent {
  return (
    isObject(value) &&
    typeof value["sequence"] === "number" &&
    typeof value["index"] === "number" &&
    typeof value["failures"] === "number" &&
    typeof value["waits"] === "number" &&
    typeof value["acceptedAt"] === "number" &&
    isObject(value["event"]) &&
    typeof value["event"]["id"] === "string" &&
    typeof value["event"]["source"] === "string"
  );
}
