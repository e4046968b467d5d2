/**
 * Asking leaves: one question to several shards, each shard's answered by one of its replicas. Generic over the leaves and over what
 * is asked; merging the answers is the caller's business. A leaf that fails or is late is a report, never an exception.
 */
import { BRANCH_LEAVES_MAX } from "../contracts/branch.ts";
import type { ReadOptions } from "../contracts/read-options.ts";
import type { CollectionRef, LeafAttempt, LeafReport } from "../contracts/search.ts";
import { failure, type ErrorCode, type Result } from "../errors.ts";
import { RequestClock } from "./clock.ts";
import { mayAskAgain } from "./leaf-errors.ts";
import { CANARY_MS_MAX } from "./limits.ts";
import type { LeafOperation, ScatterState } from "./scatter-state.ts";
import { ShardCall, type Attempt, type Outcome } from "./shard-call.ts";
import { Slots } from "./slots.ts";

/** What any leaf can be told. */
export interface CancellableLeaf {
  cancel(requestId: string): Promise<void>;
}

/** The way to leaves, and what is known of them. */
export interface LeafWay<L extends CancellableLeaf> {
  leafOf(ref: CollectionRef, shard: number, replica: number): L;
  /** What this isolate has learnt of them, for as long as it lives. */
  state: ScatterState;
  /** For what goes on when nobody waits for it. */
  ctx: Pick<ExecutionContext, "waitUntil">;
  /** Whether a leaf that has failed is asked again where there is no other: leaves of which there is one alone. */
  alone?: boolean;
}

/** One call to one leaf. */
export interface LeafCall<L> {
  leaf: L;
  shard: number;
  read: ReadOptions;
}

export interface Question<T, L> {
  ref: CollectionRef;
  shards: readonly number[];
  operation: LeafOperation;
  deadlineMs: number;
  /** The replica to ask first where it is well; absent: the most responsive. */
  preferred?: number;
  call: (call: LeafCall<L>) => Promise<Result<T>>;
}

/** What came of a question to one shard. */
export interface Asked<T> {
  shard: number;
  result: Result<T>;
  attempts: LeafAttempt[];
}

/** The calls of one branch: at most six in flight, whatever they are for. */
export class LeafCalls<L extends CancellableLeaf> {
  private readonly way: LeafWay<L>;
  private readonly slots = new Slots(BRANCH_LEAVES_MAX);
  private readonly clock = new RequestClock();
  /** Requests are named by it and a number: a name of its own for each would cost more. */
  private readonly name = crypto.randomUUID();
  private calls = 0;

  constructor(way: LeafWay<L>) {
    this.way = way;
  }

  /** Asks all shards side by side; an answer a shard, in the order asked, each in time. */
  async ask<T>(question: Question<T, L>): Promise<Asked<T>[]> {
    const startedAt = this.clock.now();
    let canaryAllowed = true;
    return Promise.all(
      question.shards.map((shard) => {
        const { promise, resolve } = Promise.withResolvers<Asked<T>>();
        const { isCanary } = this.begin(question, shard, canaryAllowed, (result, attempts) =>
          resolve({
            shard,
            result,
            attempts: attempts.map((attempt) => reported(attempt, startedAt, this.clock.now())),
          }),
        );
        // One canary a search: they are calls that nobody waits for.
        canaryAllowed &&= !isCanary;
        return promise;
      }),
    );
  }

  private begin<T>(
    question: Question<T, L>,
    shard: number,
    canaryAllowed: boolean,
    done: (result: Result<T>, attempts: readonly Attempt[]) => void,
  ): { isCanary: boolean } {
    const { ref, operation, deadlineMs, preferred } = question;
    const endsAt = this.clock.now() + deadlineMs;
    const requestIds = new Map<Attempt, string>();
    return new ShardCall<T>(
      {
        shard,
        replicas: ref.replicas,
        operation,
        deadlineMs,
        canaryAllowed,
        hedge: ref.faults?.hedge ?? true,
        retry: ref.faults?.retry ?? true,
        ...(preferred === undefined ? {} : { preferred }),
      },
      { clock: this.clock, random: Math.random, slots: this.slots, experience: this.way.state.of(ref.id) },
      {
        send: (attempt, settle) => {
          const requestId = `${this.name}/${this.calls++}`;
          requestIds.set(attempt, requestId);
          const minSequence = ref.minSequences?.[shard];
          const read: ReadOptions = {
            requestId,
            deadlineMs: attempt.kind === "canary" ? CANARY_MS_MAX : Math.max(1, endsAt - attempt.sentAt),
            ...(minSequence === undefined ? {} : { minSequence }),
          };
          const leaf = this.way.leafOf(ref, shard, attempt.replica);
          const settled = outcomeOf(() => question.call({ leaf, shard, read })).then((outcome) =>
            settle(this.way.alone === true ? { restarted: isPassing(outcome.result), ...outcome } : outcome),
          );
          // A canary outlives its request.
          if (attempt.kind === "canary") this.way.ctx.waitUntil(settled);
        },
        stop: (attempt) => {
          const requestId = requestIds.get(attempt);
          if (requestId === undefined) return;
          this.way.ctx.waitUntil(cancel(this.way.leafOf(ref, shard, attempt.replica), requestId));
        },
        done,
      },
    ).ask();
  }
}

/** The report of a shard; `read` is what its leaf says of itself, where it has answered. */
export function reportOf<
  T extends { documents: number; outdated?: number; rowsRead: number; sequence?: number },
>({ shard, result, attempts }: Asked<T>): LeafReport {
  const waitedFor = attempts.filter(({ kind }) => kind !== "canary");
  const last = waitedFor.findLast(({ state }) => state === "answered") ?? waitedFor.at(-1);
  const common = {
    shard,
    replica: last?.replica ?? 0,
    attempts,
    rowsWritten: 0,
    startMs: waitedFor[0]?.startMs ?? 0,
    endMs: Math.max(0, ...waitedFor.map(({ endMs }) => endMs)),
  };
  if (result.ok) {
    const { documents, outdated, rowsRead, sequence } = result;
    return {
      ...common,
      documents,
      ...(outdated === undefined ? {} : { outdated }),
      rowsRead,
      ...(sequence === undefined ? {} : { sequence }),
    };
  }
  return { ...common, failed: result.code, detail: result.message, documents: 0, rowsRead: 0 };
}

/** The report of a shard from which documents were fetched. */
export function reportOfFetch<T extends { documents: object[] }>(asked: Asked<T>): LeafReport {
  const { result, ...rest } = asked;
  if (!result.ok) return reportOf({ ...rest, result });
  const read = { documents: 0, rowsRead: 0 };
  return { ...reportOf({ ...rest, result: { ok: true, ...read } }), fetched: result.documents.length };
}

function reported(
  { replica, kind, sentAt, endedAt, state, code }: Attempt,
  startedAt: number,
  now: number,
): LeafAttempt {
  return {
    replica,
    kind,
    startMs: sentAt - startedAt,
    endMs: (state === "pending" ? now : endedAt) - startedAt,
    state,
    ...(code === undefined ? {} : { code }),
  };
}

/** Whether it may have been an accident of one call. */
function isPassing<T>(result: Result<T>): boolean {
  return !result.ok && result.code === "unavailable";
}

/** A call to a leaf, whose failure is data. What it threw is logged here, and goes no further. */
async function outcomeOf<T>(call: () => Promise<Result<T>>): Promise<Outcome<T>> {
  try {
    return { result: await call() };
  } catch (error) {
    console.error(JSON.stringify({ event: "leaf-call-failed", error: String(error) }));
    const code: ErrorCode = "unavailable";
    return { result: failure(code, "A shard did not answer."), restarted: mayAskAgain(error) };
  }
}

/** Best effort: a leaf that can't be told works for nothing. */
async function cancel(leaf: CancellableLeaf, requestId: string): Promise<void> {
  try {
    await leaf.cancel(requestId);
  } catch (error) {
    console.error(JSON.stringify({ event: "leaf-cancel-failed", error: String(error) }));
  }
}
