/** Runs a pipeline's steps over requests on their way in: documents before they are stored, searches before they are run. */
import { withOrigin } from "../../core/cloudevents/platform-attributes.ts";
import { validateEvent } from "../../core/cloudevents/index.ts";
import type { Decoration, DecorationOutcome } from "../../core/contracts/pipeline-runs.ts";
import { isObject } from "../../core/document/values.ts";
import { failure, type Result } from "../../core/errors.ts";
import { contextOf, withOriginOf } from "./context.ts";
import { failedStep, notFound } from "./invoke.ts";
import type { RunnablePipeline } from "./pipeline-cache.ts";
import type { Platform } from "./platform.ts";
import { runSteps } from "./runner.ts";

type Reach = Pick<Platform, "findPipeline" | "services">;

export async function decorate(
  reach: Reach,
  name: string,
  { data, type, origin }: Decoration,
): Promise<Result<{ outcomes: DecorationOutcome[] }>> {
  const found = await reach.findPipeline(name, 0);
  if (!found.ok) return notFound(name, found.trouble);
  const one = (each: object) => decorateOne(reach, found.pipeline, name, { data: each, type, origin });
  return { ok: true, outcomes: await Promise.all(data.map(one)) };
}

async function decorateOne(
  { services }: Reach,
  pipeline: RunnablePipeline,
  name: string,
  { data, type, origin }: Omit<Decoration, "data"> & { data: object },
): Promise<DecorationOutcome> {
  const id = crypto.randomUUID();
  const now = Date.now();
  const validation = validateEvent({
    specversion: "1.0",
    id,
    source: `/v1/pipelines/${name}`,
    type,
    time: new Date(now).toISOString(),
    data,
  });
  if (!validation.ok) {
    return failure(validation.code, "It is too large or too deep for a pipeline.", validation.errors);
  }
  const { topic, version } = pipeline;
  const base = contextOf({ topic, name, version }, `${type}/${id}`, { now, services });
  const { event, context } = withOriginOf(withOrigin(validation.event, origin), base);
  const run = await runSteps(pipeline.steps, event, context, { now: () => Date.now() });
  switch (run.kind) {
    case "made": {
      const made = run.events.map((each) => each.data);
      if (!made.every(isObject))
        return failure("event-rejected", "The pipeline made something that is no JSON object.");
      return { ok: true, data: made };
    }
    case "filtered":
      return { ok: true, data: [] };
    default:
      return failedStep(run);
  }
}
