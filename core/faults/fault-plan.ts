/** Which rules hold for whom. Pure. */
import type { FaultPlan, FaultRule } from "../contracts/faults.ts";

/** The rules for a collection; undefined: there are none. */
export function faultsOf(plan: FaultPlan | null, collection: string): FaultPlan | undefined {
  return plan === null ? undefined : where(plan, (rule) => rule.collection === collection);
}

/** The rules of its collection's that are for one leaf, seeded for itself; undefined: there are none. */
export function faultsAt(
  plan: FaultPlan,
  { shard, replica }: { shard: number; replica: number },
): FaultPlan | undefined {
  const own = where(plan, (rule) => (rule.shard ?? shard) === shard && (rule.replica ?? replica) === replica);
  return own && { ...own, seed: seedOf(plan.seed, shard, replica) };
}

function where(plan: FaultPlan, holds: (rule: FaultRule) => boolean): FaultPlan | undefined {
  const rules = plan.rules.filter(holds);
  return rules.length === 0 ? undefined : { ...plan, rules };
}

/** Any two leaves draw differently, and each the same in every run. */
function seedOf(seed: number, shard: number, replica: number): number {
  const mixed = Math.imul(seed ^ Math.imul(shard + 1, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ Math.imul(replica + 1, 0xc2b2ae35)) >>> 0;
}
