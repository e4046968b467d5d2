/** The documents Worker: branches, and the leaves that they ask. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { BranchSessions } from "../../core/branch-sessions.ts";
import { BranchSession } from "./branch.ts";
import { expireDocuments } from "./expire.ts";
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
  async scheduled(_controller, env, ctx): Promise<void> {
    await Promise.all([sweepPurges(env), expire(env, ctx)]);
  },
} satisfies ExportedHandler<DocumentsBindings>;

async function expire(env: DocumentsBindings, ctx: ExecutionContext): Promise<void> {
  const branches = new BranchSessions(() => new BranchSession(env, ctx));
  try {
    await expireDocuments({ catalog: env.CATALOG, branches, now: Date.now });
  } catch (error) {
    console.error(JSON.stringify({ event: "expire-failed", error: String(error) }));
  } finally {
    branches.close();
  }
}
