/** Runs a pipeline now, for a request that waits: request decoration. Nothing is tried again, so that the caller hears of all. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { withOrigin, withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import { validateEvent } from "../../core/cloudevents/index.ts";
import type { Invocation, Invoked } from "../../core/contracts/pipeline-runs.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import { deliverAll } from "./deliver.ts";
import type { Trouble } from "./outcome.ts";
import type { Platform } from "./platform.ts";
import { runEvent } from "./work.ts";

export async function invoke(
  { findPipeline, services, deliver }: Platform,
  name: string,
  { data, origin }: Invocation,
): Promise<Result<Invoked>> {
  const found = await findPipeline(name, Number.MAX_SAFE_INTEGER);
  if (!found.ok) return notFound(name, found.trouble);
  const { pipeline } = found;
  const { topic, version } = pipeline;
  const now = Date.now();
  const validation = validateEvent({
    specversion: "1.0",
    id: crypto.randomUUID(),
    source: `/v1/pipelines/${name}`,
    type: topic,
    time: new Date(now).toISOString(),
    datacontenttype: "application/json",
    data,
  });
  if (!validation.ok) return failure(validation.code, "The data can't be an event's.", validation.errors);
  const event = withOrigin(validation.event, origin);
  // No journal has it: a sequence of its own keeps it apart from other invocations of the same moment.
  const handed = { sequence: randomSequence(), index: 0, failures: 0, waits: 0, acceptedAt: now, event };
  const { work, parcels, made } = await runEvent(
    { topic, pipeline: name, version, events: [] },
    handed,
    pipeline,
    {
      now: () => Date.now(),
      services,
    },
  );
  await deliverAll(parcels, deliver);
  const { outcome } = work;
  if (outcome.kind === "filtered") return { ok: true, version, events: [] };
  if (outcome.kind !== "delivered") return failed(outcome);
  const events: CloudEvent[] = made.map(withoutPlatformAttributes);
  const { upstream } = work;
  return { ok: true, version, events, ...(upstream === undefined ? {} : { upstream }) };
}

function randomSequence(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}

function failed(trouble: Trouble): Failure {
  return trouble.at === undefined && trouble.kind === "failed"
    ? failure("upstream-failed", trouble.error)
    : failedStep(trouble);
}

/** A step that went wrong, to whoever waits for it. */
export function failedStep({ kind, error, inFunction }: Trouble): Failure {
  if (kind === "rejected") return failure("event-rejected", error);
  if (kind === "waiting") return failure("unavailable", error);
  return failure(inFunction === true ? "function-failed" : "internal", error);
}

/** A pipeline that can't be had: there is none, or the Catalog is away. */
export function notFound(name: string, { kind, error }: Trouble): Failure {
  return kind === "rejected"
    ? failure("unknown-pipeline", `There is no pipeline "${name}".`)
    : failure("unavailable", error);
}
