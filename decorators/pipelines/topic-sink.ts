/** Delivers events to another topic: it is taken once there, however often it is delivered, within the topic's window. */
import { published } from "../../core/cloudevents/platform-attributes.ts";
import { BATCH_EVENTS_MAX } from "../../core/cloudevents/limits.ts";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { JournalApi } from "../../core/contracts/journal.ts";
import { HOPS_MAX } from "./limits.ts";
import { troubleOf, type Outcome } from "./outcome.ts";

export interface Publication {
  event: CloudEvent;
  pipeline: string;
  /** Topics that the event that it was made of had gone through, before the one that it came from. */
  hops: number;
  /** Whether that event is. */
  confidential?: boolean;
}

/** Publishes events that a pipeline made. An outcome each, in their order. Never rejects. */
export async function deliverToTopic(
  journal: Pick<JournalApi, "append">,
  topic: string,
  events: readonly Publication[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = events.map(({ hops }) =>
    hops < HOPS_MAX ? { kind: "delivered" } : tooManyHops(),
  );
  const going = events.flatMap((each, at) => (outcomes[at]?.kind === "delivered" ? [{ ...each, at }] : []));
  for (let first = 0; first < going.length; first += BATCH_EVENTS_MAX) {
    const batch = going.slice(first, first + BATCH_EVENTS_MAX);
    const outcome = await publish(
      journal,
      topic,
      batch.map(({ event, pipeline, ...from }) => published(event, pipeline, from)),
    );
    for (const { at } of batch) outcomes[at] = outcome;
  }
  return outcomes;
}

async function publish(
  journal: Pick<JournalApi, "append">,
  topic: string,
  events: CloudEvent[],
): Promise<Outcome> {
  try {
    const answer = await journal.append(topic, events);
    return answer.ok ? { kind: "delivered" } : troubleOf(answer.code, answer.message);
  } catch (error) {
    console.error(JSON.stringify({ event: "sink-call-failed", topic, error: String(error) }));
    return { kind: "waiting", error: `The topic "${topic}" could not be reached.` };
  }
}

function tooManyHops(): Outcome {
  return {
    kind: "rejected",
    error: `It has gone through ${HOPS_MAX} topics; pipelines seem to publish in a circle.`,
  };
}
