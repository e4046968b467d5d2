/** Which rules hold for whom. Pure. */
import type { FaultPlan, FaultRule } from "../contracts/faults.ts";
import type { CollectionRef } from "../contracts/search.ts";

/** The rules for a collection; undefined: there are none. */
export function faultsOf(plan: FaultPlan | null, collection: string): FaultPlan | undefined {
  return plan === null ? undefined : where(plan, (rule) => rule.collection === collection);
}

/** The reference as one leaf gets it: with its own faults and no others, and seeded for itself. */
export function refForLeaf(ref: CollectionRef, shard: number, replica: number): CollectionRef {
  if (ref.faults === undefined) return ref;
  const { faults, ...rest } = ref;
  const own = where(
    faults,
    (rule) => (rule.shard ?? shard) === shard && (rule.replica ?? replica) === replica,
  );
  return own === undefined
    ? rest
    : { ...rest, faults: { ...own, seed: seedOf(faults.seed, shard, replica) } };
}

function where(plan: FaultPlan, holds: (rule: FaultRule) => boolean): FaultPlan | undefined {
  const rules = plan.rules.filter(holds);
  return rules.length === 0 ? undefined : { ...plan, rules };
}

/** Any two leaves draw differently, and each the same in every run. */
function seedOf(seed: number, shard: number, replica: number): number {
  return (
    (Math.imul(seed ^ Math.imul(shard + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(replica + 1, 0xc2b2ae35)) >>>
    0
  );
}
