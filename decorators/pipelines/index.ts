/** The pipelines Worker: takes events off the queue and runs them; and answers for pipelines to the root. */
import { consume, type Reach } from "./consume.ts";
import { consumeWithFaults, faultRateOf, seededRandom } from "./faults.ts";
import { openPlatform, tellUses, type PipelinesEnv } from "./platform.ts";

export { PipelinesService } from "./service.ts";
export { SinkGate } from "./sink-gate.ts";
export { StepState } from "./step-state.ts";

const faultChance = seededRandom(7);

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
  async queue(batch, env, ctx): Promise<void> {
    const platform = openPlatform(env);
    const bodies = batch.messages.map(({ body }) => body);
    const reach: Reach = {
      findPipeline: ({ pipeline, version }) => platform.findPipeline(pipeline, version),
      deliver: platform.deliver,
      bury: platform.bury,
      startAlone: (topic, place) => env.JOURNAL.startAlone(topic, place),
      confirm: (topic, confirmations) => env.JOURNAL.confirm(topic, confirmations),
      random: Math.random,
      now: Date.now,
      services: platform.services,
    };
    const faultRate = faultRateOf(env);
    if (faultRate === undefined) await consume(bodies, reach);
    else await consumeWithFaults(bodies, reach, faultRate, faultChance);
    platform.close();
    batch.ackAll();
    tellUses(env, (work) => ctx.waitUntil(work));
  },
} satisfies ExportedHandler<PipelinesEnv>;
