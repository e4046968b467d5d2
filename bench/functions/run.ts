/**
 * The bench of functions: from an upload to its first result over the whole platform; a warm call against a direct RPC call to a static Worker
 * with the same code, in turns in one process, so that a busy machine harms both alike; and what counting steps costs hot loops.
 * Writes bench/results/functions.md and .json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { startPlatform } from "../../test/support/platform.ts";
import { bundle } from "../../test/support/worker-options.ts";
import { LOOPS } from "./code.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 15);
/** Calls, or events, of one measurement: the clock of a Worker has milliseconds. */
const CALLS = 400;
const UPLOADS = 20;
const BATCHES = [1, 10, 100, 1000];

const here = import.meta.dirname;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Milliseconds from an upload's first byte to the first result of its invocation. */
async function uploads(): Promise<{ firstMs: number; medianMs: number; maxMs: number }> {
  const platform = await startPlatform();
  const times: number[] = [];
  for (let n = 0; n < UPLOADS; n++) {
    const path = `/v1/functions/bench-${n}`;
    const modules = { "index.js": `export const handle = (input) => input + ${n};` };
    const start = performance.now();
    const uploaded = await platform.fetch(path, { method: "PUT", body: JSON.stringify({ modules }) });
    if (uploaded.status !== 201) throw new Error(await uploaded.text());
    const invoked = await platform.fetch(`${path}/invoke`, { method: "POST", body: '{"input":1}' });
    if (!(await invoked.text()).includes(`"result":${1 + n}`)) throw new Error("wrong result");
    times.push(performance.now() - start);
  }
  await platform.stop();
  return { firstMs: times[0] ?? 0, medianMs: median(times), maxMs: Math.max(...times) };
}

interface Compared {
  what: string;
  staticMs: number;
  functionMs: number;
  ratio: number;
}

async function calls(at: (path: string) => Promise<{ ms: number }>): Promise<Compared[]> {
  const rows: Compared[] = [];
  const compare = async (what: string, suffix: string, batch: string, count: number): Promise<void> => {
    const rounds: { direct: number; own: number }[] = [];
    for (let round = 0; round < ROUNDS + 2; round++) {
      const direct = await at(`static${suffix}${batch}?calls=${count}`);
      const own = await at(`function${suffix}${batch}?calls=${count}`);
      if (round >= 2) rounds.push({ direct: direct.ms, own: own.ms });
    }
    rows.push({
      what,
      staticMs: median(rounds.map(({ direct }) => direct)),
      functionMs: median(rounds.map(({ own }) => own)),
      ratio: median(rounds.map(({ direct, own }) => own / direct)),
    });
  };
  await compare("`handle`", "", "", CALLS);
  for (const size of BATCHES) {
    const count = Math.max(10, Math.round((CALLS * 4) / size));
    await compare(`\`decorate\`, ${size} event${size === 1 ? "" : "s"}`, "-batch", `/${size}`, count);
  }
  return rows;
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    cf: false,
    workers: [
      {
        name: "bench",
        compatibilityDate: "2026-10-30",
        modules: await bundle(join(here, "worker.ts")),
        workerLoaders: { LOADER: {} },
        serviceBindings: { STATIC: { name: "static", entrypoint: "StaticFunction" } },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
      {
        name: "static",
        compatibilityDate: "2026-10-30",
        modules: await bundle(join(here, "worker.ts")),
        workerLoaders: { LOADER: {} },
        serviceBindings: { STATIC: { name: "static", entrypoint: "StaticFunction" } },
      },
    ],
  }),
);
await miniflare.ready;
const { href } = await miniflare.unsafeGetDirectURL("bench");
try {
  const at = async <T>(path: string): Promise<T> => {
    const response = await fetch(new URL(path, href));
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T; // worker.ts
  };
  const compared = await calls((path) => at(path));
  const loops: { loop: string; plainMs: number; countedMs: number; ratio: number }[] = [];
  for (const loop of Object.keys(LOOPS)) {
    const { plain, counted } = await at<{ plain: number; counted: number }>(
      `loop/${encodeURIComponent(loop)}`,
    );
    loops.push({ loop, plainMs: plain, countedMs: counted, ratio: counted / plain });
  }
  const upload = await uploads();
  report(upload, compared, loops);
} finally {
  await miniflare.dispose();
}

function report(
  upload: Awaited<ReturnType<typeof uploads>>,
  compared: readonly Compared[],
  loops: readonly { loop: string; plainMs: number; countedMs: number; ratio: number }[],
): void {
  const text = [
    `From an upload to its first result, over HTTP and the whole platform: ${upload.medianMs.toFixed(0)} ms (median of ${UPLOADS}; the first ${upload.firstMs.toFixed(0)} ms, the longest ${upload.maxMs.toFixed(0)} ms).`,
    "",
    "| a warm call | static Worker by RPC, ms | function, ms | times |",
    "| --- | --- | --- | --- |",
    ...compared.map(
      ({ what, staticMs, functionMs, ratio }) =>
        `| ${what} | ${staticMs.toFixed(3)} | ${functionMs.toFixed(3)} | ${ratio.toFixed(2)} |`,
    ),
    "",
    "| a hot loop | plain, ms | counted, ms | times |",
    "| --- | --- | --- | --- |",
    ...loops.map(
      ({ loop, plainMs, countedMs, ratio }) =>
        `| ${loop} | ${plainMs.toFixed(2)} | ${countedMs.toFixed(2)} | ${ratio.toFixed(2)} |`,
    ),
    "",
  ].join("\n");
  console.log(text);
  const results = join(here, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "functions.md"), text);
  writeFileSync(join(results, "functions.json"), `${JSON.stringify({ upload, compared, loops }, null, 2)}\n`);
}
