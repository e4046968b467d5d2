/** Branches as one request uses them. */
import type { BranchApi, BranchRpc } from "./contracts/branch.ts";
import { release } from "./release.ts";
import { unpackAnswer, type BranchQuestion } from "./search-wire.ts";

/**
 * A request may go through 32 Worker invocations, and each call over a service binding is one (Workers: Service
 * bindings, Limits). Calls on what a call has returned ride along with it, so that a request can ask its branches
 * as often as it needs to. Four are left for the root itself, the Catalog, and whoever called.
 */
const SESSIONS_MAX = 28;

/** Asks branches in turn, and opens no more of them than a request may. Lives as long as its request. */
export class BranchSessions implements BranchApi {
  private readonly sessions: BranchRpc[] = [];
  private readonly open: () => BranchRpc;
  private calls = 0;

  /** `open` opens a branch; its promise may be used as the branch at once, so that opening takes no round trip. */
  constructor(open: () => BranchRpc) {
    this.open = open;
  }

  write: BranchApi["write"] = async (...args) => {
    const answer = await this.next().write(...args);
    release(answer);
    return answer;
  };
  getDocument: BranchApi["getDocument"] = (...args) => this.next().getDocument(...args);
  fetchDocuments: BranchApi["fetchDocuments"] = (...args) => this.next().fetchDocuments(...args);
  exportPage: BranchApi["exportPage"] = (...args) => this.next().exportPage(...args);
  search: BranchApi["search"] = async (ref, shards, plan, deadlineMs) =>
    unpackAnswer(
      await this.next().search(JSON.stringify({ ref, shards, plan, deadlineMs } satisfies BranchQuestion)),
    );
  askLeaf: BranchApi["askLeaf"] = (...args) => this.next().askLeaf(...args);
  cancelLeaf: BranchApi["cancelLeaf"] = (...args) => this.next().cancelLeaf(...args);
  searchMatches: BranchApi["searchMatches"] = (...args) => this.next().searchMatches(...args);
  shipTerms: BranchApi["shipTerms"] = (...args) => this.next().shipTerms(...args);
  scatter: BranchApi["scatter"] = (...args) => this.next().scatter(...args);
  scatterLeaf: BranchApi["scatterLeaf"] = (...args) => this.next().scatterLeaf(...args);
  stats: BranchApi["stats"] = (...args) => this.next().stats(...args);
  purge: BranchApi["purge"] = (...args) => this.next().purge(...args);

  /** Closes the branches; what is on its way still comes. */
  close(): void {
    for (const session of this.sessions.splice(0)) release(session);
  }

  private next(): BranchRpc {
    const place = this.calls % SESSIONS_MAX;
    this.calls += 1;
    return (this.sessions[place] ??= this.open());
  }
}

/** What `using` would do. The library with its types makes TypeScript take every answer of a service for `never`. */
export function dispose(session: object): void {
  const method: unknown = Reflect.get(session, Reflect.get(Symbol, "dispose"));
  if (typeof method === "function") method.call(session);
}
