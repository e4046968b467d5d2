/** Events that are dead, as documents of `_dead_letters`: with every attempt's error, and as they were where they failed. */
import { isPlatformAttribute } from "../../core/cloudevents/platform-attributes.ts";
import { withAttempt } from "../../core/attempts.ts";
import type { Prepare } from "./collection-sink.ts";
import type { Trouble } from "./outcome.ts";
import { describeEvent, keptPart, ownDocument, ownId } from "./own-documents.ts";
import type { Work } from "./work.ts";

/** The write of a dead letter. It is the same each time, so that a repetition changes nothing. */
export function deadLetter(work: Work, trouble: Trouble, now: number): Prepare {
  const { handed, version } = work;
  const { error, at } = trouble;
  const event = keptPart(handed.event, work);
  const attributes = Object.fromEntries(
    Object.entries(handed.event).filter(([name]) => isPlatformAttribute(name)),
  );
  const first = handed.first ?? { sequence: handed.sequence, index: handed.index };
  const history = withAttempt(handed.history ?? [], { at: now, version, error, times: 1 });
  const letter = {
    ...describeEvent(event, work),
    ...(at === undefined ? {} : { step: `steps[${at.step}] (${at.use})` }),
    error,
    attempts: handed.failures + handed.waits + 1,
    diedAt: new Date(now).toISOString(),
    history: history.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
    accepted: { ...first, at: handed.acceptedAt, attributes },
  };
  const id = ownId(work);
  const failedAt = at === undefined ? undefined : keptPart(at.event, work);
  const whole = { ...letter, event, ...(failedAt === undefined ? {} : { failedAt }) };
  // An event may be nested as deep as a document; in one, as text, it is not.
  const flat = {
    ...letter,
    event: JSON.stringify(event),
    ...(failedAt === undefined ? {} : { failedAt: JSON.stringify(failedAt) }),
  };
  return (fields) => {
    const written = ownDocument(id, whole)(fields);
    return written.ok ? written : ownDocument(id, flat)(fields);
  };
}
