/**
 * The bench of events: events a second through a pipeline of three steps into a collection, against the same journal and queue
 * with a consumer that does nothing, in the same workerd process; and how long one event takes beyond the queue's own wait for a
 * batch. The sides take turns, so that a busy machine harms both alike. Writes bench/results/events.md.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { bundle, bundledWorker, configuredWorker, workerNames } from "../../test/support/worker-options.ts";

const EVENTS = Number(process.env["BENCH_EVENTS"] ?? 20_000);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 9);
const SINGLE_EVENTS = Number(process.env["BENCH_SINGLE"] ?? 15);
const SHARDS = 4;
const KEY = "bench";
const SHARE_AIM = 0.6;

type Side = "platform" | "idle";
const SIDES: readonly Side[] = ["idle", "platform"];

const here = import.meta.dirname;
const state = join(tmpdir(), `umbel-bench-events-${process.pid}`);

async function platformWorkers(): Promise<V4WorkerOptions[]> {
  return Promise.all(
    workerNames.map((worker) =>
      bundledWorker(worker, worker === "root" ? { vars: { UMBEL_ADMIN_KEY: KEY } } : {}),
    ),
  );
}

/** A second journal, whose queue is the idle consumer's; its consumer is configured as the platform's own is. */
async function benchWorkers(): Promise<V4WorkerOptions[]> {
  const journal = await bundledWorker("journal");
  const { queueConsumers } = configuredWorker("pipelines").options;
  const consumer = Array.isArray(queueConsumers) ? {} : (queueConsumers?.["umbel-events"] ?? {});
  return [
    { ...journal, name: "idle-journal", queueProducers: { EVENTS: { queueName: "idle-events" } } },
    {
      name: "bench",
      modules: await bundle(join(here, "worker.ts")),
      compatibilityDate: "2026-10-30",
      serviceBindings: { PLATFORM: journalService("umbel-journal"), IDLE: journalService("idle-journal") },
      queueConsumers: { "idle-events": consumer },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    },
  ];
}

function journalService(name: string): { name: string; entrypoint: string } {
  return { name, entrypoint: "JournalService" };
}

const workers = [...(await platformWorkers()), ...(await benchWorkers())].map((worker, index) =>
  index === 0 ? { ...worker, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] } : worker,
);
const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({ workers, host: "127.0.0.1", port: 0, cf: false }),
  resourcePersistencePath: state,
});

async function put(path: string, body: object): Promise<void> {
  const root = await miniflare.unsafeGetDirectURL("umbel");
  const response = await fetch(new URL(path, root), {
    method: "PUT",
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** Every topic has the same pipeline; the idle side's hands over to it and is never confirmed. */
async function listen(topic: string): Promise<void> {
  await put(`/v1/pipelines/${topic}`, {
    topic,
    steps: [
      { use: "defaults", with: { status: "new", currency: "EUR" } },
      { use: "defaults", with: { address: { country: "DE" } } },
      { use: "defaults", with: { seen: true } },
    ],
    deliver: [{ collection: "bench" }],
  });
}

async function measure(action: string, side: Side, topic: string, count: number): Promise<number> {
  const url = new URL(`/${action}/${side}/${topic}/${count}`, await miniflare.unsafeGetDirectURL("bench"));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`);
  // What the bench's own Worker answers.
  const { ms } = (await response.json()) as { ms: number };
  return ms;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

try {
  await miniflare.ready;
  await put("/v1/collections/bench", {
    shards: SHARDS,
    fields: { customer: { type: "keyword" }, note: { type: "text" }, status: { type: "keyword" } },
  });
  const rates: Record<Side, number[]> = { idle: [], platform: [] };
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      const topic = `${side}-${round}`;
      await listen(topic);
      const ms = await measure("throughput", side, topic, EVENTS);
      const rate = (EVENTS * 1000) / ms;
      console.error(`${topic}: ${rate.toFixed(0)} events/s`);
      if (round > 0) rates[side].push(rate);
    }
  }
  const waits: Record<Side, number[]> = { idle: [], platform: [] };
  await listen("idle-single");
  await listen("platform-single");
  for (let n = 0; n < SINGLE_EVENTS; n++) {
    for (const side of SIDES) waits[side].push(await measure("latency", side, `${side}-single`, n));
  }
  const [idle, platform] = [median(rates.idle), median(rates.platform)];
  const share = median(rates.platform.map((rate, round) => rate / (rates.idle[round] ?? rate)));
  const report = `# Events

By \`npm run bench:events\`: ${EVENTS} events of about 300 bytes, published 250 at a time, through three steps (\`defaults\`) into a collection of ${SHARDS}
shards, until the journal has every confirmation; and the same journal and queue with a consumer that does nothing, in the same
workerd process, taking turns. Medians of ${ROUNDS} rounds; the share is that of the rounds' shares.

| | events a second |
| --- | --- |
| a consumer that does nothing | ${idle.toFixed(0)} |
| three steps into a collection | ${platform.toFixed(0)} |
| share (aim: at least ${100 * SHARE_AIM} %) | ${(100 * share).toFixed(0)} % |

One event by itself, from publishing until the journal has its confirmation, median of ${SINGLE_EVENTS}: ${median(waits.platform).toFixed(0)} ms, of which ${median(waits.idle).toFixed(0)} ms are the
queue's own (it waits up to 1 s for a batch to fill): ${(median(waits.platform) - median(waits.idle)).toFixed(0)} ms beyond it.
`;
  console.log(report);
  mkdirSync(join(here, "../results"), { recursive: true });
  writeFileSync(join(here, "../results/events.md"), report);
} finally {
  await miniflare.dispose();
  rmSync(state, { recursive: true, force: true });
}
