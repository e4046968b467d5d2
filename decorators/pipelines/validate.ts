/** Everything about a declaration that can be known before an event comes. */
import type { FunctionSummary } from "../../core/contracts/functions.ts";
import type { PipelineLinks, PipelineSpec } from "../../core/contracts/pipelines.ts";
import { failure, type FieldError, type Result } from "../../core/errors.ts";
import type { Decorator, Need } from "../contract.ts";
import { isWebhookSecret } from "../../core/webhook-secret.ts";
import { webhookUrlProblem } from "../../core/webhook-url.ts";
import type { Services } from "../services.ts";
import { compilePipeline } from "./compile.ts";
import { contextOf } from "./context.ts";
import { sinkKey } from "./sink-key.ts";
import { checkExamples } from "./examples.ts";

export interface ValidationReach {
  decorators: readonly Decorator[];
  hasCollection: (name: string) => Promise<boolean>;
  hasPipeline: (name: string) => Promise<boolean>;
  /** A version of a function, or its current one. */
  findFunction: (
    name: string,
    version?: string,
  ) => Promise<Pick<FunctionSummary, "version" | "kinds"> | null>;
  services: Services;
  now: () => number;
  /** Whether webhooks may go inside of a network. */
  allowPrivate: boolean;
}

/** Faults are `invalid-request`; examples that fail, of what has no fault, `failed-examples`. */
export async function validatePipeline(
  name: string,
  spec: PipelineSpec,
  reach: ValidationReach,
): Promise<Result<{ links: PipelineLinks }>> {
  const compilation = compilePipeline(spec, reach.decorators);
  const needs = [...(compilation.ok ? compilation.needs : []), ...sinkNeeds(spec)];
  const errors = [
    ...(compilation.ok ? [] : compilation.errors),
    ...sinkFaults(spec, reach.allowPrivate),
    ...(await missing(needs, name, reach)),
  ];
  if (!compilation.ok || errors.length > 0) return refuse("invalid-request", errors);
  const context = contextOf({ topic: spec.topic, name, version: 0 }, `example/${name}`, {
    now: reach.now(),
    services: withoutState(reach.services),
  });
  const differing = await checkExamples(compilation.compiled, spec.examples ?? [], context);
  if (differing.length > 0) return refuse("failed-examples", differing);
  return { ok: true, links: linksOf(spec, compilation.needs) };
}

function refuse(code: "invalid-request" | "failed-examples", errors: FieldError[]) {
  return failure(code, errors.map(({ path, message }) => `${path}: ${message}`).join("; "), errors);
}

function sinkFaults({ deliver }: PipelineSpec, allowPrivate: boolean): FieldError[] {
  const keys = new Set<string>();
  return deliver.flatMap((sink, index): FieldError[] => {
    const key = sinkKey(sink);
    if (keys.has(key)) return [{ path: `deliver[${index}]`, message: "is there twice" }];
    keys.add(key);
    if (!("webhook" in sink)) return [];
    const { url, secret } = sink.webhook;
    const problem = webhookUrlProblem(url, allowPrivate);
    const path = `deliver[${index}].webhook`;
    return [
      ...(problem === undefined ? [] : [{ path: `${path}.url`, message: problem }]),
      ...(secret === undefined || isWebhookSecret(secret)
        ? []
        : [{ path: `${path}.secret`, message: "must be whsec_ and 24 to 64 bytes in base64" }]),
    ];
  });
}

function sinkNeeds({ deliver }: PipelineSpec): Need[] {
  return deliver.flatMap((sink, index): Need[] =>
    "collection" in sink
      ? [{ kind: "collection", name: sink.collection, path: `deliver[${index}].collection` }]
      : [],
  );
}

/** What is needed has to be there beforehand: behind a misspelt name, every event would be lost in silence. */
async function missing(needs: readonly Need[], self: string, reach: ValidationReach): Promise<FieldError[]> {
  const errors = await Promise.all(
    needs.map(async (need): Promise<FieldError[]> => {
      const message = await problemOf(need, self, reach);
      return message === undefined ? [] : [{ path: need.path, message }];
    }),
  );
  return errors.flat();
}

async function problemOf(need: Need, self: string, reach: ValidationReach): Promise<string | undefined> {
  const { kind, name } = need;
  const unless = (there: boolean) => (there ? undefined : `there is no ${kind} "${name}"`);
  switch (kind) {
    // Anything can be published to.
    case "topic":
      return undefined;
    case "collection":
      return unless(await reach.hasCollection(name));
    case "pipeline":
      // One that calls itself is told as the cycle that it is.
      return unless(name === self || (await reach.hasPipeline(name)));
    case "function":
      return functionProblem(need, reach);
  }
}

async function functionProblem({ name, version }: Need, reach: ValidationReach): Promise<string | undefined> {
  const found = await reach.findFunction(name, version);
  if (found === null) {
    const isThere = version !== undefined && (await reach.findFunction(name)) !== null;
    return isThere
      ? `there is no version ${version} of the function "${name}"`
      : `there is no function "${name}"`;
  }
  return found.kinds.includes("decorate")
    ? undefined
    : `the function "${name}" exports no \`decorate\` in version ${found.version}`;
}

function linksOf({ deliver }: PipelineSpec, needs: readonly Need[]): PipelineLinks {
  const named = (kind: Need["kind"]) => needs.filter((need) => need.kind === kind).map(({ name }) => name);
  return {
    sinks: deliver.flatMap((sink) => ("topic" in sink ? [sink.topic] : [])),
    routes: named("topic"),
    calls: named("pipeline"),
  };
}

/** Examples and simulations leave nothing behind and tell no secret: everybody is first, there is always a permit, and no link works. */
export function withoutState(services: Services): Services {
  return {
    ...services,
    claims: { claim: async () => true },
    rates: { take: async () => 0 },
    signups: { tokenOf: async (signup) => `${signup}.example` },
  };
}
