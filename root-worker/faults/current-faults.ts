/** The faults that are to be injected, as this isolate last heard of them. Without `UMBEL_FAULTS=1` there are none, ever. */
import type { Collection } from "../../core/collection.ts";
import type { FaultPlan } from "../../core/contracts/faults.ts";
import { faultsOf } from "../../core/faults/fault-plan.ts";
import type { RootEnv } from "../app.ts";

export const FAULTS_PATH = "/v1/faults";

/** After this time another isolate's change is seen here. */
const TTL_MS = 1_000;

let current: FaultPlan | null = null;
let freshUntil = 0;

export function faultsAreOn(env: RootEnv): boolean {
  return env.UMBEL_FAULTS === "1";
}

/** Reads the plan again where that was long ago. What is kept from a run with the variable is nothing without it. */
export async function refreshFaults(env: RootEnv): Promise<void> {
  if (!faultsAreOn(env)) {
    current = null;
    return;
  }
  if (Date.now() < freshUntil) return;
  freshUntil = Date.now() + TTL_MS;
  current = await env.CATALOG.getFaults();
}

/** Puts a plan in force, here at once. */
export async function putFaults(env: RootEnv, plan: FaultPlan | null): Promise<void> {
  await env.CATALOG.putFaults(plan);
  current = plan;
  freshUntil = Date.now() + TTL_MS;
}

export function currentFaults(): FaultPlan | null {
  return current;
}

/** The collection with what is to go wrong with it. */
export function withFaults(collection: Collection): Collection {
  const faults = faultsOf(current, collection.name);
  return faults === undefined ? collection : { ...collection, faults };
}
