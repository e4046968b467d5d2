/** What a pipeline would make of events, step by step. Nothing is delivered, and nothing is left behind. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { routeOf, withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type {
  FitnessReport,
  SimulatedCall,
  SimulatedEvent,
  SimulatedStep,
  Simulation,
} from "../../core/contracts/pipeline-runs.ts";
import type { FunctionSummary } from "../../core/contracts/functions.ts";
import type { Result } from "../../core/errors.ts";
import { functionUse } from "../../core/functions/reference.ts";
import { contextOf, withOriginOf } from "./context.ts";
import type { CallReport } from "./function-calls.ts";
import type { FunctionLog } from "./function-log.ts";
import { notFound } from "./invoke.ts";
import type { RunnablePipeline } from "./pipeline-cache.ts";
import type { Platform } from "./platform.ts";
import { runPipeline } from "./runner.ts";
import { describeSink } from "./sink-key.ts";
import { withoutState } from "./validate.ts";

/** What a simulation reaches out to. `findFunction` finds a version of a function. */
export interface SimulationReach extends Pick<Platform, "findPipeline" | "services"> {
  findFunction: (name: string, version: string) => Promise<FunctionSummary | null>;
}

export async function simulate(
  { findPipeline, services, findFunction }: SimulationReach,
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
  const functions = await fitnessOf(simulated, findFunction);
  return {
    ok: true,
    version: pipeline.version,
    events: simulated,
    ...(functions.length === 0 ? {} : { functions }),
  };
}

async function fitnessOf(
  events: readonly SimulatedEvent[],
  findFunction: SimulationReach["findFunction"],
): Promise<FitnessReport[]> {
  const calls = events.flatMap(({ steps }) => steps.flatMap(({ functions = [] }) => functions));
  const called = new Map(
    calls.map((call) => [functionUse({ name: call.function, version: call.version }), call]),
  );
  const reports = await Promise.all(
    [...called.values()].map(async ({ function: name, version }): Promise<FitnessReport[]> => {
      const summary = await findFunction(name, version);
      if (summary === null) return [];
      return [{ function: name, version, codeBytes: summary.codeBytes, fitness: summary.fitness }];
    }),
  );
  return reports.flat();
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
      const functions = calls.take().map(simulatedCall);
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

function simulatedCall({ name, version, items, errors, usage }: CallReport): SimulatedCall {
  const { steps, ms, bytesIn, bytesOut } = usage;
  return { function: name, version, items, errors, steps, ms: Math.round(ms * 10) / 10, bytesIn, bytesOut };
}
