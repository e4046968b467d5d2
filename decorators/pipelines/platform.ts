/** The platform as this Worker reaches it, for as long as one request or one batch lasts; and what the isolate remembers. */
import { BranchSessions } from "../../core/branch-sessions.ts";
import type { Collection } from "../../core/collection.ts";
import { DEAD_LETTERS } from "../../core/platform-collections.ts";
import { FunctionHost } from "../../core/functions/function-host.ts";
import { REQUEST_SLOTS } from "../../core/functions/limits.ts";
import { meter, sendMetrics } from "../../core/metrics/isolate-meter.ts";
import { countCalls } from "../../core/metrics/meter-functions.ts";
import { exportSpans, hasSpansToSend, isTracing, type TracingEnv } from "../../core/tracing/exporter.ts";
import { UseMeter } from "../../core/functions/use-meter.ts";
import type { FunctionSummary } from "../../core/contracts/functions.ts";
import { BUILT_IN } from "../built-in/index.ts";
import type { Services } from "../services.ts";
import { writeDocuments } from "./collection-sink.ts";
import { deadLetter } from "./dead-letters.ts";
import type { Deliver } from "./deliver.ts";
import type { EmailServices, SentOnce } from "./email-sink.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { FunctionCalls, type CallReport } from "./function-calls.ts";
import { countStep } from "./metering.ts";
import { COLLECTION_TTL_MS, FUNCTION_TTL_MS, SENT_ONCE_MS } from "./limits.ts";
import { PipelineCache } from "./pipeline-cache.ts";
import { platformServices, statePart } from "./services.ts";
import type { Ending } from "./settle.ts";
import { makeDeliver } from "./sinks.ts";

const pipelines = new PipelineCache(BUILT_IN);
const collections = new ExpiringCache<Collection>(COLLECTION_TTL_MS);
/** The current version of each function. */
const functions = new ExpiringCache<FunctionSummary>(FUNCTION_TTL_MS);
const uses = new UseMeter();

export interface Platform {
  functions: FunctionHost;
  findPipeline: (name: string, version: number) => ReturnType<PipelineCache["find"]>;
  services: Services;
  deliver: Deliver;
  bury: Ending["bury"];
  /** Ends it. What is on its way still comes. */
  close: () => void;
}

/** Bindings, and what a deployment may set besides. */
export interface PipelinesEnv extends PipelinesBindings, TracingEnv {
  /** `1`: webhooks may go to private and loopback addresses, and by plain http. For development. */
  UMBEL_WEBHOOKS_PRIVATE?: string;
  /** With UMBEL_FAULTS=1, the share of what consumers do that goes wrong: faults.ts. */
  UMBEL_FAULTS?: string;
  UMBEL_EVENT_FAULTS?: string;
  /** The sender of e-mails; it has to be of a domain with Email Routing. */
  UMBEL_MAIL_FROM?: string;
  /** The binding `send_email`. Without it or a sender, e-mails are kept in `_mailbox`. */
  EMAIL?: SendEmail;
}

/** `onCall`: hears of each call of a function. What is run then counts for nothing, since it is for somebody who looks on. */
export function openPlatform(env: PipelinesEnv, onCall: (report: CallReport) => void = countCall): Platform {
  isTracing(env);
  const host = functionHost(env);
  const branches = new BranchSessions(() => env.DOCUMENTS.open());
  const documents = { branches, catalog: env.CATALOG, cache: collections };
  const findPipeline: Platform["findPipeline"] = (name, version) =>
    pipelines.find((wanted) => env.CATALOG.getPipeline(wanted), name, version);
  const findCollection = async (name: string, refresh: boolean): Promise<Collection | null> => {
    const cached = refresh ? undefined : collections.get(name);
    if (cached !== undefined) return cached;
    const collection = await env.CATALOG.getCollection(name);
    if (collection === null) collections.delete(name);
    else collections.set(name, collection);
    return collection;
  };
  const services = platformServices({
    branches,
    findCollection,
    findPipeline: (name) => findPipeline(name, 0),
    stepState: (name) => env.STEP_STATE.getByName(name),
    secret: (name) => secretOf(env, name),
    functions: new FunctionCalls({ host, now: () => Date.now(), onCall }),
    signupLinks: env.SIGNUP_LINKS,
    ...(onCall === countCall ? { onStep: countStep } : {}),
  });
  return {
    functions: host,
    findPipeline,
    services,
    deliver: makeDeliver({
      ...documents,
      findPipeline,
      services,
      findCollection: (name) => findCollection(name, false),
      journal: env.JOURNAL,
      fetch: (input, init) => fetch(input, init),
      now: () => Date.now(),
      allowPrivate: env.UMBEL_WEBHOOKS_PRIVATE === "1",
      gate: (pipeline) => env.SINK_GATE.getByName(pipeline),
      sentOnce: sentOnceIn(env),
      ...emailOf(env),
    }),
    bury: (letters) => {
      const now = Date.now();
      const writes = letters.map(({ work, trouble }) => deadLetter(work, trouble, now));
      return writeDocuments(documents, DEAD_LETTERS, writes);
    },
    close: () => branches.close(),
  };
}

function functionHost(env: PipelinesEnv): FunctionHost {
  return new FunctionHost({
    loader: env.LOADER,
    worker: "pipelines",
    getFunction: (name, version) => env.CATALOG.getFunction(name, version),
    async getFunctionSummary(name, version) {
      const known = version === undefined ? functions.get(name) : undefined;
      if (known !== undefined) return known;
      const summary = await env.CATALOG.getFunctionSummary(name, version);
      if (summary !== null && version === undefined) functions.set(name, summary);
      return summary;
    },
    slots: REQUEST_SLOTS,
  });
}

function countCall({ name, version, items, errors, usage: { ms } }: CallReport): void {
  uses.count({ name, version, kind: "decorate", calls: 1, items, errors, ms });
  countCalls({ name, version, calls: 1, errors, ms });
}

/** Whether there is something to tell (uses of functions, metrics, spans), and nobody has set about to. */
export function hasToTell(): boolean {
  const now = Date.now();
  return uses.hasToTell || meter().isUnsent(now) || hasSpansToSend(now);
}

/** To be called when a request is through: what it used, counted and recorded is told before long. */
export function tellLater(env: PipelinesEnv, keepAwake: (work: Promise<void>) => void): void {
  const ctx = { waitUntil: keepAwake };
  sendMetrics(ctx, env.CATALOG);
  exportSpans(ctx, env, "umbel-pipelines");
  uses.tellLater({
    tell: (used) => env.CATALOG.addFunctionUses(used),
    keepAwake,
    wait: (ms) => scheduler.wait(ms),
  });
}

function emailOf({ EMAIL, UMBEL_MAIL_FROM: from }: PipelinesEnv): Pick<EmailServices, "email"> {
  if (EMAIL === undefined || from === undefined || from === "") return {};
  return {
    email: {
      from,
      async send(message) {
        const { EmailMessage } = await import("cloudflare:email");
        await EMAIL.send(new EmailMessage(message.from, message.to, message.raw));
      },
    },
  };
}

function sentOnceIn({ STEP_STATE }: PipelinesEnv): SentOnce {
  const stateOf = (message: string) => STEP_STATE.getByName(statePart("e-mail", message));
  return {
    begin: (key, owner) => stateOf(key).claim({ key, owner, windowMs: SENT_ONCE_MS }),
    giveUp: (key, owner) => stateOf(key).release({ key, owner }),
  };
}

/** Pipelines name secrets without the prefix, so that none of the Worker's other variables can be named. */
function secretOf(env: object, name: string): string | undefined {
  const secret: unknown = Reflect.get(env, `UMBEL_SECRET_${name}`);
  return typeof secret === "string" ? secret : undefined;
}
