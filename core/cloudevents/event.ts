/**
 * The one shape that an event has in memory: the object of the CloudEvents 1.0.2 JSON event format (formats/json-format.md),
 * extensions at the top level. `JSON.stringify(event)` is a structured-mode body, and nothing is lost on the way
 * through JSON, structured clone or RPC.
 */

/**
 * A JSON value. Arrays and objects are plain `object`: a recursive type is deeper than the types of Workers RPC
 * can follow. Numbers are doubles, as everywhere in JavaScript: an integer beyond 2^53 belongs in a string.
 */
export type JsonValue = string | number | boolean | null | object;

/**
 * What an extension attribute can hold: a string, an integer of 32 bits or a boolean. Binary mode knows strings
 * alone: an extension that came by header stays a string, even where it reads as `5` or `true`.
 */
export type ExtensionValue = string | number | boolean;

/** A valid event: it came out of `decodeRequest` or `validateEvent`, or was made by those rules. */
export interface CloudEvent {
  specversion: "1.0";
  /** Not empty; unique within `source`. */
  id: string;
  /** A URI-reference (RFC 3986), not empty. */
  source: string;
  /** Not empty. */
  type: string;
  /** A media type (RFC 2046), as it was sent. Absent beside `data`: `application/json`. */
  datacontenttype?: string;
  /** An absolute URI (RFC 3986). */
  dataschema?: string;
  /** Not empty. */
  subject?: string;
  /** RFC 3339, as it was sent. */
  time?: string;
  /** Where `datacontenttype` is JSON or absent, any JSON value, null included; else text. Never beside `data_base64`. */
  data?: JsonValue;
  /** Data that is neither JSON nor text: its bytes in base64 (RFC 4648, section 4). */
  data_base64?: string;
  /** Extensions, each an `ExtensionValue`. The type is wider because it has to cover `data` too. */
  [extension: string]: JsonValue | undefined;
}

/**
 * An event's identity: two events with the same source and id are the same event (spec.md, `id`). Different pairs
 * have different keys, whatever characters are in them.
 */
export function eventKey(event: Pick<CloudEvent, "source" | "id">): string {
  return JSON.stringify([event.source, event.id]);
}
