/** The pipelines Worker: takes events off the queue and runs them; and answers for pipelines to the root. */
import { exports } from "cloudflare:workers";
import { consume, type Reach } from "./consume.ts";
import { consumeWithFaults, faultRateOf, seededRandom } from "./faults.ts";
import { hasUsesToTell, openPlatform, type PipelinesEnv } from "./platform.ts";
import type { PipelinesService } from "./service.ts";

export { PipelinesService } from "./service.ts";
export { SinkGate } from "./sink-gate.ts";
export { StepState } from "./step-state.ts";

const faultChance = seededRandom(7);

/**
 * The next batch waits for all that this one's handler keeps awake, so that another request waits until it is time to tell
 * what functions were used for.
 */
async function tellUsesElsewhere(): Promise<void> {
  if (!hasUsesToTell()) return;
  // All Workers are one program to the type checker, which does not know whose exports these are.
  const { PipelinesService: own } = exports as unknown as {
    PipelinesService: Pick<PipelinesService, "tellUsesLater">;
  };
  try {
    await own.tellUsesLater();
  } catch (error) {
    console.error(JSON.stringify({ event: "uses-not-told", error: String(error) }));
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
  async queue(batch, env): Promise<void> {
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
    await tellUsesElsewhere();
  },
} satisfies ExportedHandler<PipelinesEnv>;
