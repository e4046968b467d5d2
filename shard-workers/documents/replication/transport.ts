/**
 * The way between the replicas of a shard: every push and every pull goes through here, and nowhere else. So this is where
 * a call is lost, late or refused, by the network or on purpose.
 */
import type { FaultPlan } from "../../../core/contracts/faults.ts";
import type { CollectionRef } from "../../../core/contracts/search.ts";
import type { Result } from "../../../core/errors.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";
import type { LeafPlace } from "../leaf-place.ts";
import { leafStub, PRIMARY, type LeafApi } from "../leaf-stub.ts";
import { CALL_DEADLINE_MS } from "./limits.ts";
import type { PullAnswer, PullRequest, Push, PushAnswer } from "./messages.ts";

export class ReplicaTransport {
  private readonly env: DocumentsBindings;
  private readonly place: LeafPlace;
  private readonly faults: () => FaultPlan | undefined;

  /** `faults`: what is to go wrong at the other end. */
  constructor(env: DocumentsBindings, place: LeafPlace, faults: () => FaultPlan | undefined) {
    this.env = env;
    this.place = place;
    this.faults = faults;
  }

  /** Rejects when the replica can't be reached. */
  async push(replica: number, message: Push): Promise<PushAnswer> {
    return this.call(replica, (leaf) => leaf.push({ ...message, ref: this.withFaults(message.ref) }));
  }

  /** Rejects when the primary can't be reached. */
  async pull(request: PullRequest): Promise<PullAnswer> {
    return this.call(PRIMARY, (leaf) => leaf.pull({ ...request, ref: this.withFaults(request.ref) }));
  }

  private withFaults(ref: CollectionRef): CollectionRef {
    const faults = this.faults();
    return faults === undefined ? ref : { ...ref, faults };
  }

  private async call<T>(replica: number, ask: (leaf: LeafApi) => Promise<Result<T>>): Promise<Result<T>> {
    const { collectionId, shard, generation } = this.place;
    return withinDeadline(
      CALL_DEADLINE_MS,
      ask(leafStub(this.env, collectionId, shard, replica, generation)),
    );
  }
}
