/** What the root Worker is given: its bindings, and the variables and secrets that api.md lists. */

import type { BranchApi } from "../core/contracts/branch.ts";
import type { TermsApi } from "../core/contracts/terms.ts";
import type { Phases } from "./phases.ts";

export interface RootEnv extends RootBindings {
  /** The first key, with every scope. Without it nothing that needs a key is answered. */
  UMBEL_ADMIN_KEY?: string;
  /** "1" opens fault injection. */
  UMBEL_FAULTS?: string;
}

/** What middleware leaves for handlers. */
export interface Variables {
  /** When the request came in, by this Worker's clock. */
  startedAt: number;
  /** What takes how long. */
  phases: Phases;
  /** W3C Trace Context of this request: the caller's, or begun here. */
  traceparent: string;
  /** The branches that this request asks. */
  branches: BranchApi;
  /** The terms Worker, for collections in the layout `terms`. */
  terms: TermsApi;
  /** Whether the caller sent a trace, so that what comes of the request belongs to it. */
  traced: boolean;
}

/** The type parameters of the Hono app and of everything that is mounted on it. */
export interface App {
  Bindings: RootEnv;
  Variables: Variables;
}
