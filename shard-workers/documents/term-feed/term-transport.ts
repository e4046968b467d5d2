/** The way from a shard's primary to its term leaves: where a push is lost or late, by the network or on purpose, it is here. */
import { dispose } from "../../../core/branch-sessions.ts";
import type { FaultPlan } from "../../../core/contracts/faults.ts";
import type { TermPush, TermPushAnswer, TermsApi } from "../../../core/contracts/terms.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";
import { CALL_DEADLINE_MS } from "../replication/limits.ts";

export class TermTransport {
  private readonly env: DocumentsBindings;
  private readonly faults: () => FaultPlan | undefined;
  /** Pushes side by side share one, since a request may go through 32 Workers, and there may be as many term leaves. */
  private session: Pick<TermsApi, "push"> | undefined;
  private pushes = 0;

  /** `faults`: what is to go wrong at the other end. */
  constructor(env: DocumentsBindings, faults: () => FaultPlan | undefined) {
    this.env = env;
    this.faults = faults;
  }

  /** Rejects when the leaf can't be reached. */
  async push(push: TermPush): Promise<TermPushAnswer> {
    const faults = this.faults();
    const sent = faults === undefined ? push : { ...push, ref: { ...push.ref, faults } };
    const session = (this.session ??= this.env.TERMS.open());
    this.pushes += 1;
    try {
      return await withinDeadline(CALL_DEADLINE_MS, session.push(sent));
    } catch (error) {
      // It may be the session that is broken.
      if (this.session === session) this.close();
      throw error;
    } finally {
      this.pushes -= 1;
      if (this.pushes === 0) this.close();
    }
  }

  async purgeLeaf(collectionId: string, leaf: number): Promise<void> {
    await this.env.TERMS.purgeLeaf(collectionId, leaf);
  }

  private close(): void {
    if (this.session !== undefined) dispose(this.session);
    this.session = undefined;
  }
}
