/**
 * Asking leaves: one question to several shards, each shard's answered by one of its replicas. Generic over what is asked;
 * merging the answers is the branch's business. A leaf that fails or is late is a report, never an exception.
 */
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { CollectionRef, LeafAttempt, LeafReport } from "../../core/contracts/search.ts";
import { failure, type ErrorCode, type Result } from "../../core/errors.ts";
import { RequestClock } from "../../core/scatter/clock.ts";
import { CANARY_MS_MAX } from "../../core/scatter/limits.ts";
import { ScatterState, type LeafOperation } from "../../core/scatter/scatter-state.ts";
import { ShardCall, type Attempt, type Outcome } from "../../core/scatter/shard-call.ts";
import { Slots } from "../../core/scatter/slots.ts";
import { mayAskAgain } from "./leaf-errors.ts";
import { leafStub, type LeafApi } from "./leaf-stub.ts";

/** What this isolate has learnt of the leaves, for as long as it lives. */
const state = new ScatterState();

/** One call to one leaf. */
export interface LeafCall {
  leaf: LeafApi;
  shard: number;
  read: ReadOptions;
}

export interface Question<T> {
  ref: CollectionRef;
  shards: readonly number[];
  operation: LeafOperation;
  deadlineMs: number;
  /** The replica to ask first where it is well; absent: the most responsive. */
  preferred?: number;
  call: (call: LeafCall) => Promise<Result<T>>;
  /** What a canary asks in place of that, where nobody should do it for nothing. */
  probe?: (call: LeafCall) => Promise<Result<object>>;
}

/** What came of a question to one shard. */
export interface Asked<T> {
  shard: number;
  result: Result<T>;
  attempts: LeafAttempt[];
}

/** The calls of one branch: at most six in flight, whatever they are for. */
export class LeafCalls {
  private readonly env: DocumentsBindings;
  private readonly ctx: Pick<ExecutionContext, "waitUntil">;
  private readonly slots = new Slots(BRANCH_LEAVES_MAX);
  private readonly clock = new RequestClock();
  /** Requests are named by it and a number: a name of its own for each would cost more. */
  private readonly name = crypto.randomUUID();
  private calls = 0;

  constructor(env: DocumentsBindings, ctx: Pick<ExecutionContext, "waitUntil">) {
    this.env = env;
    this.ctx = ctx;
  }

  /** Asks all shards side by side; an answer a shard, in the order asked, each in time. */
  async ask<T>(question: Question<T>): Promise<Asked<T>[]> {
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
    question: Question<T>,
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
      { clock: this.clock, random: Math.random, slots: this.slots, experience: state.of(ref.id) },
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
          const leaf = leafStub(this.env, ref.id, shard, attempt.replica, ref.generation);
          const settled = outcomeOf(() => askLeaf(question, attempt, { leaf, shard, read })).then(settle);
          // A canary outlives its request.
          if (attempt.kind === "canary") this.ctx.waitUntil(settled);
        },
        stop: (attempt) => {
          const requestId = requestIds.get(attempt);
          if (requestId === undefined) return;
          this.ctx.waitUntil(
            cancel(leafStub(this.env, ref.id, shard, attempt.replica, ref.generation), requestId),
          );
        },
        done,
      },
    ).ask();
  }
}

/** One attempt's call. Of what a canary is answered only counts that it is. */
async function askLeaf<T>(
  { call, probe }: Question<T>,
  { kind }: Attempt,
  leafCall: LeafCall,
): Promise<Result<T>> {
  if (kind !== "canary" || probe === undefined) return call(leafCall);
  return probe(leafCall);
}

/** The report of a shard; `read` is what its leaf says of itself, where it has answered. */
export function reportOf<
  T extends {
    documents: number;
    outdated?: number;
    rowsRead: number;
    sequence?: number;
    mapped?: number;
    functionCalls?: number;
  },
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
    const { documents, outdated, rowsRead, sequence, mapped, functionCalls } = result;
    return {
      ...common,
      documents,
      ...(outdated === undefined ? {} : { outdated }),
      rowsRead,
      ...(sequence === undefined ? {} : { sequence }),
      ...(mapped === undefined ? {} : { mapped }),
      ...(functionCalls === undefined ? {} : { functionCalls }),
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
async function cancel(leaf: LeafApi, requestId: string): Promise<void> {
  try {
    await leaf.cancel(requestId);
  } catch (error) {
    console.error(JSON.stringify({ event: "leaf-cancel-failed", error: String(error) }));
  }
}
