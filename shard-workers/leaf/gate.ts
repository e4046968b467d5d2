/**
 * What a request passes before a leaf serves it: injected faults, the caller's deadline, and the caller's change of
 * mind. Without faults it is two comparisons.
 */
import type { FaultPlan, FaultStage } from "../../core/contracts/faults.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import { failure, type Failure } from "../../core/errors.ts";
import { FaultInjector } from "../../core/faults/fault-injector.ts";

import { ReadRequests } from "./read-requests.ts";

/** Why there is no point in serving a read any longer; undefined: there is. To be asked after each wait. */
export type Pointless = () => Failure | undefined;

export class Gate {
  private readonly injector: FaultInjector;
  private readonly requests = new ReadRequests();
  private heard: FaultPlan | undefined;

  constructor(place: { shard: number; replica: number }) {
    this.injector = new FaultInjector(place);
  }

  /** The faults that the last request brought: what this leaf says to its replicas by itself is struck by them, too. */
  get faults(): FaultPlan | undefined {
    return this.heard;
  }

  /** Lets the faults of a stage strike: a delay is over when this answers, a failure is the answer. */
  async strike(
    stage: FaultStage,
    ref: CollectionRef,
    { requestId, part = 0 }: Pick<ReadOptions, "requestId" | "part"> = {},
  ): Promise<Failure | undefined> {
    this.heard = ref.faults;
    if (ref.faults === undefined) return undefined;
    const fault = this.injector.faultAt(stage, ref.faults);
    if (fault === undefined) return undefined;
    const delayMs = fault.delayMs + (fault.workMs ?? 0) * part;
    if (delayMs > 0) await this.requests.wait(delayMs, requestId);
    return fault.fails ? failure("unavailable", "The leaf fails by an injected fault.") : undefined;
  }

  /** Lets a read in, or answers why not. */
  async admit(ref: CollectionRef, read: ReadOptions): Promise<Pointless | Failure> {
    const { requestId, deadlineMs = Infinity } = read;
    const endsAt = Date.now() + deadlineMs;
    const struck = await this.strike("before-read", ref, read);
    return (
      struck ??
      (() => {
        if (this.requests.takeCancelled(requestId)) return failure("cancelled", "The read was called off.");
        if (Date.now() < endsAt) return undefined;
        return failure("deadline-exceeded", "The time for this read has passed.");
      })
    );
  }

  cancel(requestId: string): void {
    this.requests.cancel(requestId);
  }
}
