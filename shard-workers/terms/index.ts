/** The terms Worker: sessions that search term leaves, and what document leaves tell these. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { expectMetrics } from "../../core/metrics/isolate-meter.ts";
import { termLeafStub } from "./leaf-stub.ts";
import { TermSession } from "./session.ts";

export { TermLeaf } from "./leaf.ts";

/** What the terms Worker offers to others. */
export class Terms extends WorkerEntrypoint<TermsBindings> {
  async ping(): Promise<true> {
    return true;
  }

  /** A session; it lives as long as the caller's request. */
  async open(): Promise<TermSession> {
    expectMetrics(this.ctx, this.env.CATALOG);
    return new TermSession(this.env, this.ctx);
  }

  /** Forgets a leaf of a collection that is deleted. */
  async purgeLeaf(collectionId: string, leaf: number): Promise<void> {
    await termLeafStub(this.env, collectionId, leaf).purge();
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
