/** The terms Worker: sessions that search term leaves, and what document leaves tell these. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { TermIntakeApi, TermPush, TermPushAnswer } from "../../core/contracts/terms.ts";
import { termLeafStub } from "./leaf-stub.ts";
import { TermSession } from "./session.ts";

export { TermLeaf } from "./leaf.ts";

/** What the terms Worker offers to others. */
export class Terms extends WorkerEntrypoint<TermsBindings> implements TermIntakeApi {
  async ping(): Promise<true> {
    return true;
  }

  /** A session; it lives as long as the caller's request. */
  async open(): Promise<TermSession> {
    return new TermSession(this.env, this.ctx);
  }

  async push(push: TermPush): Promise<TermPushAnswer> {
    return termLeafStub(this.env, push.ref.id, push.leaf).push(push);
  }

  async purgeLeaf(collectionId: string, leaf: number): Promise<void> {
    await termLeafStub(this.env, collectionId, leaf).purge();
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
