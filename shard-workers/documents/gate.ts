/**
 * What a request passes before a leaf serves it: injected faults, the caller's deadline, and the caller's change of
 * mind. Without faults it is two comparisons.
 */
import type { FaultStage } from "../../core/contracts/faults.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import { failure, type Failure } from "../../core/errors.ts";
import { FaultInjector } from "../../core/faults/fault-injector.ts";
import { ReadRequests } from "./read-requests.ts";

/** A read as it stands before the leaf. */
export interface AdmittedRead {
  /** Why there is no point in serving it any longer; undefined: there is. To be asked after each wait. */
  pointless: () => Failure | undefined;
}

export class Gate {
  private readonly faults = new FaultInjector();
  private readonly requests = new ReadRequests();

  /** Lets the faults of a stage strike: a delay is over when this answers, a failure is the answer. */
  async strike(stage: FaultStage, ref: CollectionRef, requestId?: string): Promise<Failure | undefined> {
    if (ref.faults === undefined) return undefined;
    const fault = this.faults.faultAt(stage, ref.faults);
    if (fault === undefined) return undefined;
    if (fault.delayMs > 0) await this.requests.wait(fault.delayMs, requestId);
    return fault.fails ? failure("unavailable", "The leaf fails by an injected fault.") : undefined;
  }

  /** Lets a read in, or answers why not. */
  async admit(ref: CollectionRef, read: ReadOptions): Promise<AdmittedRead | Failure> {
    const { requestId, deadlineMs = Infinity } = read;
    const endsAt = Date.now() + deadlineMs;
    const struck = await this.strike("before-read", ref, requestId);
    if (struck !== undefined) return struck;
    return {
      pointless: () => {
        if (this.requests.takeCancelled(requestId)) return failure("cancelled", "The read was called off.");
        if (Date.now() < endsAt) return undefined;
        return failure("deadline-exceeded", "The time for this read has passed.");
      },
    };
  }

  cancel(requestId: string): void {
    this.requests.cancel(requestId);
  }
}
