/** What the root Worker is given: its bindings, and the variables and secrets that api.md lists. */

import type { BranchApi } from "../core/contracts/branch.ts";
import type { TermsApi } from "../core/contracts/terms.ts";
import type { TracingEnv } from "../core/tracing/exporter.ts";
import type { TraceContext } from "../core/tracing/trace-context.ts";
import type { Phases } from "./phases.ts";

export interface RootEnv extends RootBindings, TracingEnv {
  /** The first key, with every scope. Without it nothing that needs a key is answered. */
  UMBEL_ADMIN_KEY?: string;
  /** "1" opens fault injection. */
  UMBEL_FAULTS?: string;
  /** Where people reach this deployment, for links that are mailed; absent: where the request came to. */
  UMBEL_PUBLIC_URL?: string;
  /** The origins whose pages may call, with commas between them, or `*`; absent: none but this one. */
  UMBEL_CORS_ORIGINS?: string;
}

/** What middleware leaves for handlers. */
export interface Variables {
  /** When the request came in, by this Worker's clock. */
  startedAt: number;
  /** What takes how long. */
  phases: Phases;
  /** W3C Trace Context of this request: the caller's, or begun here. */
  traceparent: string;
  /** The request's own span, and whether it is sent to a collector with all that is below it. */
  trace: TraceContext;
  recorded: boolean;
  /** The branches that this request asks. */
  branches: BranchApi;
  /** The terms Worker, for collections in the layout `terms`. */
  terms: Pick<TermsApi, "search" | "stats">;
  /** Whether what comes of the request belongs to its trace: the caller sent one, or it is recorded here. */
  traced: boolean;
}

/** The type parameters of the Hono app and of everything that is mounted on it. */
export interface App {
  Bindings: RootEnv;
  Variables: Variables;
}
