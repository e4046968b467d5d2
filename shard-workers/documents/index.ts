/** The documents Worker: branches, and the leaves that they ask. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { BranchSessions } from "../../core/branch-sessions.ts";
import { expectMetrics, sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import { BranchSession } from "./branch.ts";
import { expireDocuments } from "./expire.ts";
import { sweepPurges } from "./purge.ts";

export { Leaf } from "./leaf.ts";
export { ReshardCoordinator } from "./resharding/coordinator.ts";

/** What the documents Worker offers to others. */
export class Branch extends WorkerEntrypoint<DocumentsBindings> {
  async ping(): Promise<true> {
    return true;
  }

  /** A collection's resharding has something to do; it goes on by itself from then. */
  async wakeReshard(collectionId: string): Promise<void> {
    await this.env.RESHARD.getByName(collectionId).wake(collectionId);
  }

  /** A branch to ask; it lives as long as the caller's request. */
  async open(): Promise<BranchSession> {
    expectMetrics(this.ctx, this.env.CATALOG);
    return new BranchSession(this.env, this.ctx);
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
  async scheduled(_controller, env, ctx): Promise<void> {
    await Promise.all([sweepPurges(env), expire(env, ctx), wakeReshards(env)]);
    await sendMetricsNow(env.CATALOG);
  },
} satisfies ExportedHandler<DocumentsBindings>;

/** Those that are under way, in case that whoever began one could not wake it. */
async function wakeReshards(env: DocumentsBindings): Promise<void> {
  for (const id of await env.CATALOG.listReshards()) await env.RESHARD.getByName(id).wake(id);
}

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
