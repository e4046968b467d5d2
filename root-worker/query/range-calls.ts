/**
 * Work over ranges of slots, at leaves that hold the same documents: who is asked for which range is `WorkSharing`'s; here are the calls.
 * What the first answer stands on holds for all: one of a leaf that is behind it, or that the owner says does not fit, is asked for once more.
 */
import type { Collection } from "../../core/collection.ts";
import type { BranchApi, LeafName } from "../../core/contracts/branch.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { LeafReport } from "../../core/contracts/search.ts";
import { failure, type Result } from "../../core/errors.ts";
import { RequestClock } from "../../core/scatter/clock.ts";
import type { WorkPace } from "../../core/scatter/work-pace.ts";
import { WorkSharing, type WorkCall, type WorkDone } from "../../core/scatter/work-sharing.ts";
import type { SlotSpan } from "../../core/slots.ts";
import type { Deadline } from "./scatter.ts";
import type { Division } from "./work-estimate.ts";

/** All documents are one shard's. */
export const SHARD = 0;

/** A branch and a root in between take this long at most to bring an answer back. */
const RETURN_MARGIN_MS = 20;

export interface RangeCallsSetting {
  branches: Pick<BranchApi, "cancelLeaf">;
  collection: Collection;
  pace: WorkPace;
  division: Division;
  /** For calls that nobody waits for. */
  waitUntil: (promise: Promise<unknown>) => void;
}

export interface RangeErrand extends ReadOptions {
  shard: number;
  slots: SlotSpan;
}

/** What a range's answer says of itself, beside what it is. */
export interface RangeFacts {
  sequence: number;
  documents: number;
  outdated?: number;
  rowsRead: number;
}

/** How a question is asked. */
export interface RangeAsker<T> {
  ask(leaf: LeafName, errand: RangeErrand): Promise<Result<T>>;
  /** The first answer there is. */
  first?(answer: T): void;
  /** Whether an answer that was asked for before there was a first one can be put together with that. */
  fits?(answer: T): boolean;
}

export type WorkOverRanges<T> = WorkDone<T> & { startedAt: number };

/** Asks one question over all ranges. Never rejects. */
export async function callRanges<T extends RangeFacts>(
  setting: RangeCallsSetting,
  deadline: Deadline,
  asker: RangeAsker<T>,
): Promise<WorkOverRanges<T>> {
  const { collection, pace, division } = setting;
  const clock = new RequestClock();
  const calls = new RangeCalls<T>(setting, clock, asker);
  const startedAt = clock.now();
  const deadlineMs = Math.max(1, deadline.leftMs() - RETURN_MARGIN_MS);
  const endsAt = startedAt + deadlineMs;
  const { promise, resolve } = Promise.withResolvers<WorkDone<T>>();
  new WorkSharing<T>({ leaves: collection.replicas, deadlineMs, ...division }, clock, pace, {
    send: (call, settle) => void calls.ask(call, endsAt).then(settle),
    stop: (call) => calls.cancel(call),
    done: resolve,
  }).begin();
  return { ...(await promise), startedAt };
}

class RangeCalls<T extends RangeFacts> {
  private readonly setting: RangeCallsSetting;
  private readonly clock: RequestClock;
  private readonly asker: RangeAsker<T>;
  private readonly name = crypto.randomUUID();
  private readonly requestIds = new Map<WorkCall, string>();
  /** The sequence of the first answer. */
  private first: number | undefined;
  /** What a leaf must have reached. */
  private sequence: number;

  constructor(setting: RangeCallsSetting, clock: RequestClock, asker: RangeAsker<T>) {
    this.setting = setting;
    this.clock = clock;
    this.asker = asker;
    this.sequence = setting.collection.minSequences?.[SHARD] ?? 0;
  }

  /** One call's answer. A leaf whose answer can't be put together with the first is asked once more: by then it is known how it can. */
  async ask(call: WorkCall, endsAt: number): Promise<Result<{ answer: T }>> {
    const requestId = `${this.name}/${this.requestIds.size}`;
    this.requestIds.set(call, requestId);
    for (let attempt = 1; ; attempt++) {
      const wasSettled = this.first !== undefined;
      const deadlineMs = Math.max(1, endsAt - this.clock.now());
      const answer = await this.askLeaf(call, { requestId, deadlineMs, minSequence: this.sequence });
      if (!answer.ok) return answer;
      if (this.fits(answer, wasSettled)) return { ok: true, answer };
      if (attempt === 2) return failure("replica-behind", "The leaf is behind the others.");
    }
  }

  private async askLeaf({ replica, span }: WorkCall, read: ReadOptions): Promise<Result<T>> {
    try {
      return await this.asker.ask(this.leaf(replica), { shard: SHARD, slots: span, ...read });
    } catch (error) {
      console.error(JSON.stringify({ event: "leaf-call-failed", error: String(error) }));
      return failure("unavailable", "A leaf did not answer.");
    }
  }

  /** Whether an answer stands on what all do. The first one settles that; `wasSettled`: it had, when this one was asked for. */
  private fits(answer: T, wasSettled: boolean): boolean {
    if (this.first === undefined) {
      this.first = answer.sequence;
      this.sequence = Math.max(this.sequence, answer.sequence);
      this.asker.first?.(answer);
      return true;
    }
    if (answer.sequence < this.first) return false;
    return wasSettled || (this.asker.fits?.(answer) ?? true);
  }

  cancel(call: WorkCall): void {
    const { branches, waitUntil } = this.setting;
    const requestId = this.requestIds.get(call);
    if (requestId === undefined) return;
    const cancelled = branches.cancelLeaf(this.leaf(call.replica), requestId).catch((error: unknown) => {
      // Best effort: a leaf that can't be told works for nothing.
      console.error(JSON.stringify({ event: "leaf-cancel-failed", error: String(error) }));
    });
    waitUntil(cancelled);
  }

  private leaf(replica: number): LeafName {
    return { collectionId: this.setting.collection.id, shard: SHARD, replica };
  }
}

/** A report a leaf: its calls, and what its answers stand on. */
export function rangeReports<T extends RangeFacts>({
  calls,
  answers,
  startedAt,
}: WorkOverRanges<T>): LeafReport[] {
  const [answer] = answers;
  // Every leaf holds the same documents; rows are read by each, and reported with the first.
  const rowsRead = answers.reduce((sum, each) => sum + each.rowsRead, 0);
  const sequence = Math.max(...answers.map((each) => each.sequence));
  return [...Map.groupBy(calls, ({ replica }) => replica)].map(([replica, own], index): LeafReport => {
    const isAnswered = own.some(({ state }) => state === "answered");
    const outdated = answer?.outdated;
    return {
      shard: SHARD,
      replica,
      attempts: own.map(({ kind, sentAt, endedAt, state, code }) => ({
        replica,
        kind,
        startMs: sentAt - startedAt,
        endMs: endedAt - startedAt,
        state,
        ...(code === undefined ? {} : { code }),
      })),
      documents: answer?.documents ?? 0,
      ...(outdated === undefined ? {} : { outdated }),
      ...(isAnswered ? { sequence } : {}),
      rowsRead: index === 0 ? rowsRead : 0,
      rowsWritten: 0,
      startMs: Math.min(...own.map(({ sentAt }) => sentAt)) - startedAt,
      endMs: Math.max(...own.map(({ endedAt }) => endedAt)) - startedAt,
    };
  });
}
