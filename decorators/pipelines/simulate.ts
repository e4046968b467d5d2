/** What a pipeline would make of events, step by step. Nothing is delivered, and nothing is left behind. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { routeOf, withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type {
  SimulatedCall,
  SimulatedEvent,
  SimulatedStep,
  Simulation,
} from "../../core/contracts/pipeline-runs.ts";
import type { Result } from "../../core/errors.ts";
import { contextOf, withOriginOf } from "./context.ts";
import type { CallReport } from "./function-calls.ts";
import { notFound } from "./invoke.ts";
import type { RunnablePipeline } from "./pipeline-cache.ts";
import type { Platform } from "./platform.ts";
import { runPipeline } from "./runner.ts";
import { describeSink } from "./sink-key.ts";
import { withoutState } from "./validate.ts";

/** The calls of functions since it was last asked: with one event at a time they are those of the step that has just run. */
export class FunctionLog {
  private calls: SimulatedCall[] = [];

  readonly note = ({ name, version, items, errors, usage }: CallReport): void => {
    const { steps, ms, bytesIn, bytesOut } = usage;
    this.calls.push({
      function: name,
      version,
      items,
      errors,
      steps,
      ms: Math.round(ms * 10) / 10,
      bytesIn,
      bytesOut,
    });
  };

  take(): SimulatedCall[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }
}

export async function simulate(
  { findPipeline, services }: Pick<Platform, "findPipeline" | "services">,
  name: string,
  events: readonly CloudEvent[],
  calls: FunctionLog,
): Promise<Result<Simulation>> {
  const found = await findPipeline(name, Number.MAX_SAFE_INTEGER);
  if (!found.ok) return notFound(name, found.trouble);
  const { pipeline } = found;
  const simulated: SimulatedEvent[] = [];
  for (const [index, event] of events.entries()) {
    const context = contextOf(
      { topic: pipeline.topic, name, version: pipeline.version },
      `simulation/${index}`,
      {
        now: Date.now(),
        services: withoutState(services),
      },
    );
    simulated.push(await simulateEvent(pipeline, event, context, calls));
  }
  return { ok: true, version: pipeline.version, events: simulated };
}

async function simulateEvent(
  pipeline: RunnablePipeline,
  given: CloudEvent,
  context: Parameters<typeof runPipeline>[2],
  calls: FunctionLog,
): Promise<SimulatedEvent> {
  const startedAt = Date.now();
  const steps: SimulatedStep[] = [];
  const prepared = withOriginOf(given, context);
  const run = await runPipeline(pipeline, prepared.event, prepared.context, {
    now: () => Date.now(),
    oneByOne: true,
    onStep: (step) => {
      const functions = calls.take();
      steps.push({
        ...step,
        given: withoutPlatformAttributes(step.given),
        made: step.made.map(withoutPlatformAttributes),
        ...(functions.length === 0 ? {} : { functions }),
      });
    },
  });
  const made = run.kind === "made" ? run.events : [];
  return {
    given: prepared.event,
    outcome: run.kind,
    ...("error" in run ? { error: run.error } : {}),
    steps,
    made: made.map((event) => ({
      event: withoutPlatformAttributes(event),
      deliver: (routeOf(event) ?? pipeline.deliver).map(describeSink),
    })),
    tookMs: Date.now() - startedAt,
  };
}
