/** Many events in one request: all are taken, or none. */
import type { FieldError } from "../errors.ts";
import type { CloudEvent } from "./event.ts";
import { elementPath, eventFailure, type EventFailure } from "./faults.ts";
import { BATCH_EVENTS_MAX, FAULTS_LISTED_MAX } from "./limits.ts";
import type { Validation } from "./validate.ts";

/**
 * Turns every element into an event by `toEvent(element, path)`. The errors are those of all elements, up to
 * `FAULTS_LISTED_MAX`; the code is `event-too-large` only if nothing else is wrong. A batch may be empty (HTTP
 * binding, section 3.3.2).
 */
export function decodeElements(
  elements: unknown[],
  toEvent: (element: unknown, path: string) => Validation,
): { ok: true; events: CloudEvent[] } | EventFailure {
  if (elements.length > BATCH_EVENTS_MAX) {
    return eventFailure("batch-too-large", [
      { path: "", message: `must hold at most ${BATCH_EVENTS_MAX} events` },
    ]);
  }
  const events: CloudEvent[] = [];
  const errors: FieldError[] = [];
  let invalid = false;
  for (const [index, element] of elements.entries()) {
    if (errors.length >= FAULTS_LISTED_MAX) break;
    const validation = toEvent(element, elementPath("", index));
    if (validation.ok) events.push(validation.event);
    else {
      errors.push(...validation.errors);
      invalid ||= validation.code === "invalid-event";
    }
  }
  if (errors.length === 0) return { ok: true, events };
  return eventFailure(invalid ? "invalid-event" : "event-too-large", errors);
}
