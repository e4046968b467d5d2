/** The way from a shard's primary to its term leaves: where a push is lost or late, by the network or on purpose, it is here. */
import type { FaultPlan } from "../../../core/contracts/faults.ts";
import type { TermIntakeApi, TermPush, TermPushAnswer } from "../../../core/contracts/terms.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";
import { CALL_DEADLINE_MS } from "../replication/limits.ts";

export class TermTransport {
  private readonly terms: TermIntakeApi;
  private readonly faults: () => FaultPlan | undefined;

  /** `faults`: what is to go wrong at the other end. */
  constructor(env: DocumentsBindings, faults: () => FaultPlan | undefined) {
    this.terms = env.TERMS;
    this.faults = faults;
  }

  /** Rejects when the leaf can't be reached. */
  async push(push: TermPush): Promise<TermPushAnswer> {
    const faults = this.faults();
    const sent = faults === undefined ? push : { ...push, ref: { ...push.ref, faults } };
    return withinDeadline(CALL_DEADLINE_MS, this.terms.push(sent));
  }

  async purgeLeaf(collectionId: string, leaf: number): Promise<void> {
    await this.terms.purgeLeaf(collectionId, leaf);
  }
}
