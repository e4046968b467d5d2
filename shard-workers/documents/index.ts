/** The documents Worker: branches, and the leaves that they ask. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { BranchSession } from "./branch.ts";
import { sweepPurges } from "./purge.ts";

export { Leaf } from "./leaf.ts";

/** What the documents Worker offers to others. */
export class Branch extends WorkerEntrypoint<DocumentsBindings> {
  async ping(): Promise<true> {
    return true;
  }

  /** A branch to ask; it lives as long as the caller's request. */
  async open(): Promise<BranchSession> {
    return new BranchSession(this.env, this.ctx);
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
  async scheduled(_controller, env): Promise<void> {
    await sweepPurges(env);
  },
} satisfies ExportedHandler<DocumentsBindings>;
