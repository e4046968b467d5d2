/** What decorators need of the platform, over this Worker's bindings. */
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { SignupLinksApi } from "../../core/contracts/signups.ts";
import type { Collection } from "../../core/collection.ts";
import { hashOf } from "../../core/query/hash.ts";
import { Later, Reject } from "../contract.ts";
import type { FunctionRunner, Services } from "../services.ts";
import { DocumentLoader } from "./document-loader.ts";
import { LinkTokens } from "./link-tokens.ts";
import type { PipelineCache } from "./pipeline-cache.ts";
import { runSteps, type StepReport } from "./runner.ts";
import type { StepState } from "./step-state.ts";
import { TooLate } from "./too-late.ts";

export interface ServicesReach {
  branches: Pick<BranchApi, "fetchDocuments">;
  findCollection: (name: string, refresh: boolean) => Promise<Collection | null>;
  findPipeline: (name: string) => ReturnType<PipelineCache["find"]>;
  stepState: (name: string) => Pick<StepState, "claim" | "take">;
  secret: (name: string) => string | undefined;
  functions: FunctionRunner;
  signupLinks: SignupLinksApi;
  /** Hears of the steps of pipelines that others call. */
  onStep?: (pipeline: string, version: number, report: StepReport) => void;
}

/** Keys of a scope are spread over this many objects, each of which answers some 500 claims a second. */
const STATE_PARTS = 16;

/** Where what is kept of a key is. */
export function statePart(scope: string, key: string): string {
  return `${scope}/${hashOf(key).low % STATE_PARTS}`;
}

export function platformServices(reach: ServicesReach): Services {
  const documents = new DocumentLoader(reach);
  const links = new LinkTokens(reach.signupLinks);
  const stateOf = (scope: string, key: string) => reach.stepState(statePart(scope, key));
  return {
    documents: { read: (collection, ids) => documents.read(collection, ids) },
    pipelines: {
      async run(name, event, context) {
        const found = await reach.findPipeline(name);
        if (!found.ok)
          throw found.trouble.kind === "waiting"
            ? new Later(found.trouble.error)
            : new Error(found.trouble.error);
        const { steps, version } = found.pipeline;
        const onStep = (report: StepReport) => reach.onStep?.(name, version, report);
        const run = await runSteps(steps, event, context, { now: () => Date.now(), onStep });
        switch (run.kind) {
          case "made":
            return run.events;
          case "filtered":
            return [];
          case "rejected":
            throw new Reject(run.error);
          case "waiting":
            throw new Later(run.error, run.delayMs);
          case "failed":
            throw run.attemptsMax === undefined ? new Error(run.error) : new TooLate(run.error);
        }
      },
    },
    claims: { claim: ({ scope, ...claim }) => available(() => stateOf(scope, claim.key).claim(claim)) },
    rates: { take: ({ scope, ...permit }) => available(() => stateOf(scope, permit.key).take(permit)) },
    secrets: { get: reach.secret },
    functions: reach.functions,
    signups: { tokenOf: (signup) => links.tokenOf(signup) },
  };
}

async function available<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    console.error(JSON.stringify({ event: "step-state-failed", error: String(error) }));
    throw new Later("What the step keeps could not be had.");
  }
}
