/** What the pipelines Worker does for the root: it says whether a declaration can be run, simulates it, and invokes it. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { ComparisonPart, ComparisonRequest } from "../../core/contracts/function-comparison.ts";
import type {
  Decoration,
  DecorationOutcome,
  Invocation,
  Invoked,
  Simulation,
} from "../../core/contracts/pipeline-runs.ts";
import type {
  Pipeline,
  PipelineLinks,
  PipelinesApi,
  PipelineSpec,
  SinkState,
} from "../../core/contracts/pipelines.ts";
import type { Result } from "../../core/errors.ts";
import { BUILT_IN } from "../built-in/index.ts";
import { compareVersions } from "./compare.ts";
import { decorate } from "./decorate.ts";
import type { CallReport } from "./function-calls.ts";
import { FunctionLog } from "./function-log.ts";
import { invoke } from "./invoke.ts";
import { openPlatform, tellUses, type PipelinesEnv, type Platform } from "./platform.ts";
import type { SinkHealth } from "./sink-health.ts";
import { sinkKey } from "./sink-key.ts";
import { simulate } from "./simulate.ts";
import { validatePipeline } from "./validate.ts";

export class PipelinesService extends WorkerEntrypoint<PipelinesEnv> implements PipelinesApi {
  async ping(): Promise<true> {
    return true;
  }

  async validate(name: string, spec: PipelineSpec): Promise<Result<{ links: PipelineLinks }>> {
    const { CATALOG } = this.env;
    return this.with(
      ({ services }) =>
        validatePipeline(name, spec, {
          decorators: BUILT_IN,
          hasCollection: async (collection) => (await CATALOG.getCollection(collection)) !== null,
          hasPipeline: async (pipeline) => (await CATALOG.getPipeline(pipeline)) !== null,
          findFunction: (wanted, version) => CATALOG.getFunctionSummary(wanted, version),
          services,
          now: () => Date.now(),
          allowPrivate: this.env.UMBEL_WEBHOOKS_PRIVATE === "1",
        }),
      nobody,
    );
  }

  async simulate(name: string, events: CloudEvent[]): Promise<Result<Simulation>> {
    const calls = new FunctionLog();
    const { CATALOG } = this.env;
    return this.with(
      ({ findPipeline, services }) =>
        simulate(
          {
            findPipeline,
            services,
            findFunction: (wanted, version) => CATALOG.getFunctionSummary(wanted, version),
          },
          name,
          events,
          calls,
        ),
      calls.note,
    );
  }

  async invoke(name: string, invocation: Invocation): Promise<Result<Invoked>> {
    return this.with((platform) => invoke(platform, name, invocation));
  }

  async compare(request: ComparisonRequest): Promise<ComparisonPart> {
    const calls = new FunctionLog();
    return this.with(
      ({ functions, services }) =>
        compareVersions(
          { host: functions, services, takeCalls: () => calls.take(), now: () => Date.now() },
          request,
        ),
      calls.note,
    );
  }

  async decorate(name: string, decoration: Decoration): Promise<Result<{ outcomes: DecorationOutcome[] }>> {
    return this.with((platform) => decorate(platform, name, decoration));
  }

  async sinkStates({ name, deliver }: Pipeline): Promise<SinkState[]> {
    if (!deliver.some((sink) => "webhook" in sink)) return [];
    const known = await this.env.SINK_GATE.getByName(name).all();
    return deliver.flatMap((sink, index) => {
      const health = known[sinkKey(sink)];
      return "webhook" in sink && health !== undefined ? [stateOf(index, health)] : [];
    });
  }

  async resumeSinks(name: string): Promise<void> {
    await this.env.SINK_GATE.getByName(name).resume();
  }

  /** For this Worker itself: tells what its functions were used for, when it is time. Answers at once. */
  async tellUsesLater(): Promise<void> {
    tellUses(this.env, (told) => this.ctx.waitUntil(told));
  }

  private async with<T>(
    work: (platform: Platform) => Promise<T>,
    onCall?: (report: CallReport) => void,
  ): Promise<T> {
    const platform = openPlatform(this.env, onCall);
    try {
      return await work(platform);
    } finally {
      platform.close();
      await this.tellUsesLater();
    }
  }
}

/** Of calls for an example: they are nobody's use. */
function nobody(): void {}

function stateOf(index: number, { state, since, failures, error, probeAt }: SinkHealth): SinkState {
  return {
    index,
    state,
    since: new Date(since).toISOString(),
    failures,
    ...(error === undefined ? {} : { error }),
    ...(probeAt === undefined ? {} : { probeAt: new Date(probeAt).toISOString() }),
  };
}
