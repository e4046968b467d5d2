/** Term leaves as the session and other leaves see them. */
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { CollectionRef, MatchPlan } from "../../core/contracts/search.ts";
import type { TermPush, TermPushAnswer } from "../../core/contracts/terms.ts";
import type { TermOwnership } from "../../core/term-ownership.ts";
import type { Result } from "../../core/errors.ts";
import type { ShipAnswer } from "./gather-lists.ts";
import type { HomeAnswer } from "./search-terms.ts";

/** What a leaf is asked to weigh, as JSON: strings clone fast, and their bytes are counted for nothing. */
export interface WeighQuestion {
  ref: CollectionRef;
  leaf: number;
  ownership: TermOwnership;
  plan: MatchPlan;
}

export type WeighAnswer = Result<{ postings: number[] }>;

export type TermStatsAnswer = Result<{ bytes: number; sequences: number[] }>;

/** What a term leaf answers over RPC. */
export interface TermLeafApi {
  push(push: TermPush): Promise<TermPushAnswer>;
  /** A `WeighQuestion`. */
  weigh(question: string, read: ReadOptions): Promise<WeighAnswer>;
  /** A `ShipQuestion` (term-calls.ts); `candidates` by shard. */
  ship(question: string, candidates: Uint8Array[] | undefined, read: ReadOptions): Promise<ShipAnswer>;
  /** A `HomeQuestion`. */
  rank(question: string, read: ReadOptions): Promise<HomeAnswer>;
  stats(ref: CollectionRef): Promise<TermStatsAnswer>;
  /** Nobody waits for the read of that name any longer. */
  cancel(requestId: string): Promise<void>;
  /** Forgets everything. The next request finds a leaf that has never been. */
  purge(): Promise<void>;
}

/** A Durable Object is named by the collection's id, since a name can come again. */
export function termLeafStub(env: TermsBindings, collectionId: string, leaf: number): TermLeafApi {
  return env.TERM_LEAF.getByName(`${collectionId}/${leaf}`);
}
