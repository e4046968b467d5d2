/**
 * A function called as the platform calls it, beside a direct RPC call to a Worker with the same code, from one Worker of the same process; and
 * hot loops with and without the counter of steps. `/<way>?calls=n` answers with the time that they took.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { StoredFunction } from "../../core/contracts/functions.ts";
import { jsonText } from "../../core/functions/answers.ts";
import { FunctionHost } from "../../core/functions/function-host.ts";
import { instrument } from "../../core/functions/instrument.ts";
import { FUNCTION_COMPATIBILITY_DATE } from "../../core/functions/load-code.ts";
import { versionHash } from "../../core/functions/version-hash.ts";
import { FUNCTION_CODE, LOOPS } from "./code.ts";

interface Bindings {
  LOADER: WorkerLoader;
  STATIC: Service<typeof StaticFunction>;
}

const EVENT = {
  specversion: "1.0",
  id: "01JABCDEF",
  source: "/v1/topics/orders",
  type: "order.created",
  data: {
    id: "o-7",
    item: "lamp",
    price: 12.5,
    customer: { name: "Ada", city: "London" },
    tags: ["a", "b", "c"],
  },
} as const;

const CONTEXT = {
  topic: "orders",
  pipeline: "orders",
  version: 3,
  attempt: 1,
  occurrence: "orders/17/4",
  acceptedAt: 0,
  now: 0,
};

interface BenchInput {
  event: Omit<typeof EVENT, "id"> & { id: string };
  context: Omit<typeof CONTEXT, "occurrence"> & { occurrence: string };
}

/** The static Worker, with what the function does. */
export class StaticFunction extends WorkerEntrypoint {
  async handle(input: { n: number }): Promise<{ n: number }> {
    return { n: input.n + 1 };
  }

  async decorate(events: BenchInput[]): Promise<object[]> {
    return events.map(({ event, context }) => ({ ...event, data: { ...event.data, topic: context.topic } }));
  }
}

/** How long a loop runs for a measurement, about. */
const LOOP_MS = 60;

async function timed(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < calls; n++) await call();
  return (performance.now() - start) / calls;
}

async function hostOf(loader: WorkerLoader): Promise<FunctionHost> {
  const modules = { "index.js": FUNCTION_CODE };
  const version = await versionHash({ modules, main: "index.js" });
  const stored: StoredFunction = {
    name: "bench",
    version,
    main: "index.js",
    modules,
    kinds: ["decorate", "handle"],
    codeBytes: FUNCTION_CODE.length,
    moduleCount: 1,
    fitness: { verdict: "unmeasured", reasons: [] },
    examples: [],
    createdAt: "",
    activatedAt: "",
    current: true,
  };
  return new FunctionHost({
    loader,
    slots: 4,
    getFunction: async () => stored,
    getFunctionSummary: async () => stored,
  });
}

/**
 * What a turn of a loop takes in an isolate of its own, with the counter or without, in ms: warm, as long as the compiler wants, and then
 * the least of several.
 */
async function loopMs(loader: WorkerLoader, name: string, isCounted: boolean): Promise<number> {
  const code = LOOPS[name];
  if (code === undefined) throw new Error(`no loop ${name}`);
  const counted = instrument("index.js", code).replace("/umbel/fuel.js", "../fuel.js");
  const worker = loader.get(`loop-${name}-${isCounted}`, () => ({
    compatibilityDate: FUNCTION_COMPATIBILITY_DATE,
    mainModule: "main.js",
    modules: {
      "main.js": `
        import { WorkerEntrypoint } from "cloudflare:workers";
        import { loop } from "./user/index.js";
        export class Loop extends WorkerEntrypoint {
          async time(calls) { const start = performance.now(); let last; for (let n = 0; n < calls; n++) last = loop(); globalThis.last = last; return (performance.now() - start) / calls; }
        }`,
      "fuel.js": "export const $umbel = { n: 1024, x() { $umbel.n = 1024; }, s: (value) => value };",
      "user/index.js": isCounted ? counted : code,
    },
    globalOutbound: null,
  }));
  // The module is written above.
  const loop = worker.getEntrypoint("Loop") as unknown as { time(calls: number): Promise<number> };
  const calls = Math.max(1, Math.round(LOOP_MS / (await loop.time(3))));
  await loop.time(calls * 5);
  const times = [];
  for (let round = 0; round < 5; round++) times.push(await loop.time(calls));
  return Math.min(...times);
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const calls = Number(searchParams.get("calls"));
    const [, way, name = ""] = pathname.split("/").map(decodeURIComponent);
    if (way === "loop") {
      return Response.json({
        plain: await loopMs(env.LOADER, name, false),
        counted: await loopMs(env.LOADER, name, true),
      });
    }
    const host = await hostOf(env.LOADER);
    const ref = { name: "bench" };
    const batch = Array.from({ length: Number(name) }, (_, n) => ({
      // Each its own objects, as events have them: a clone would write the same object once.
      event: { ...structuredClone(EVENT), id: `${EVENT.id}${n}` },
      context: { ...CONTEXT, occurrence: `orders/17/${n}` },
    }));
    const input = { n: 1 };
    const ways: Record<string, () => Promise<unknown>> = {
      static: async () => env.STATIC.handle(input),
      function: async () => host.handle(ref, jsonText(input)),
      "static-batch": async () => env.STATIC.decorate(batch),
      "function-batch": async () => host.decorate(ref, batch),
    };
    const call = ways[way ?? ""];
    if (call === undefined) return new Response(null, { status: 404 });
    const answer = await call();
    return Response.json({ ms: await timed(calls, call), answer: JSON.stringify(answer).slice(0, 300) });
  },
} satisfies ExportedHandler<Bindings>;
