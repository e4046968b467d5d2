/** Decides which of a leaf's calls go wrong. */
import { FAULT_STAGES, type FaultPlan, type FaultStage } from "../contracts/faults.ts";
import { seededRandom } from "../seeded-random.ts";
import { faultsAt } from "./fault-plan.ts";

export interface Fault {
  delayMs: number;
  /** For all of the leaf's documents. */
  workMs?: number;
  fails: boolean;
}

/**
 * What becomes of a call depends on the plan's seed, on the leaf's place, and on how many calls of its stage the leaf has had
 * under this plan, and on nothing else: so a run can be had again, however calls to different leaves get in between. A
 * leaf that begins anew draws from the beginning.
 */
export class FaultInjector {
  private readonly place: { shard: number; replica: number };
  private revision = "";
  /** What is left of the plan for this leaf. */
  private own: FaultPlan | undefined;
  private readonly draws = new Map<FaultStage, () => number>();

  constructor(place: { shard: number; replica: number }) {
    this.place = place;
  }

  /** The fault of the next call; undefined: it is left alone. */
  faultAt(stage: FaultStage, plan: FaultPlan): Fault | undefined {
    if (plan.revision !== this.revision) {
      this.revision = plan.revision;
      this.own = faultsAt(plan, this.place);
      this.draws.clear();
    }
    if (this.own === undefined) return undefined;
    const draw = this.drawsOf(stage, this.own.seed);
    const fault: Fault = { delayMs: 0, fails: false };
    for (const { failRate = 0, delayMs = 0, delayRate = 1, workMs = 0, ...rule } of this.own.rules) {
      if (rule.stage !== undefined && rule.stage !== stage) continue;
      // Both are drawn each time, so that a change of one rate leaves the other's draws alone.
      const [fails, late] = [draw() < failRate, draw() < delayRate];
      fault.fails ||= fails;
      if (workMs > 0) fault.workMs = Math.max(fault.workMs ?? 0, workMs);
      if (late) fault.delayMs = Math.max(fault.delayMs, delayMs);
    }
    return fault.fails || fault.delayMs > 0 || fault.workMs !== undefined ? fault : undefined;
  }

  private drawsOf(stage: FaultStage, seed: number): () => number {
    let draws = this.draws.get(stage);
    if (draws === undefined) {
      draws = seededRandom(seed + Math.imul(FAULT_STAGES.indexOf(stage), 0x27d4eb2f));
      this.draws.set(stage, draws);
    }
    return draws;
  }
}
