/**
 * Plain JSON as events, for senders that know nothing of CloudEvents. An object is one event's data. **An array is a
 * batch: one event an element**, as where documents are written, and as event APIs take arrays (Inngest,
 * EventBridge); each element can then be filtered, retried and delivered for itself. Who means the array as one
 * value sends a CloudEvent, whose data may be anything. Elements are objects, since steps and sinks work on fields.
 */
import type { FieldError } from "../errors.ts";
import { decodeElements } from "./batch.ts";
import type { CloudEvent } from "./event.ts";
import { eventFailure, type EventFailure } from "./faults.ts";
import { parseJson } from "./json.ts";
import { DATA_DEPTH_MAX } from "./limits.ts";
import { validateEvent, type Validation } from "./validate.ts";

/** What the receiver gives to events that come without attributes. */
export interface WrapDefaults {
  /** A URI-reference, such as `/v1/topics/orders`. */
  source: string;
  type: string;
  /** A new id at each call, unique within `source`: a ULID. */
  newId: () => string;
  /** Epoch milliseconds. All events of a request get the same time. */
  now: () => number;
}

/**
 * Wraps a JSON body. `contentType` becomes the events' `datacontenttype`. A body that is itself shaped like an event
 * is data as any other: an event is recognised by Content-Type or headers alone. Paths are places in the body.
 */
export function decodePlain(
  body: Uint8Array,
  contentType: string,
  defaults: WrapDefaults,
): { ok: true; events: CloudEvent[] } | EventFailure {
  const parsed = parseJson(body, DATA_DEPTH_MAX);
  if (!parsed.ok) return eventFailure(parsed.code, [{ path: "", message: parsed.message }]);
  const time = new Date(defaults.now()).toISOString();
  const wrap = (data: unknown, path: string): Validation => {
    if (typeof data !== "object" || data === null || Array.isArray(data)) {
      return { ok: false, code: "invalid-event", errors: [{ path, message: "must be a JSON object" }] };
    }
    const { source, type } = defaults;
    const id = defaults.newId();
    const validation = validateEvent({
      specversion: "1.0",
      id,
      source,
      type,
      time,
      datacontenttype: contentType,
      data,
    });
    return validation.ok ? validation : { ...validation, errors: validation.errors.map(placeIn(path)) };
  };
  if (Array.isArray(parsed.value)) return decodeElements(parsed.value, wrap);
  const single = wrap(parsed.value, "");
  return single.ok ? { ok: true, events: [single.event] } : eventFailure(single.code, single.errors);
}

/** The wrapped data is the body, or an element of it: `data.price` of the event is `[3].price` of the request. */
function placeIn(path: string): (error: FieldError) => FieldError {
  return ({ path: inEvent, message }) => {
    const inData = inEvent.replace(/^data(?=$|[.[])/, "");
    return { path: path === "" ? inData.replace(/^\./, "") : path + inData, message };
  };
}
