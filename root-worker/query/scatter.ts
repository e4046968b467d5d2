/**
 * Scatter: one question to every branch, all at once, within the time that is left. A branch that fails or is late
 * is reported as its leaves' failure, so that the gathering sees leaves and nothing else.
 */
import type { LeafReport } from "../../core/contracts/search.ts";
import { failure, type Result } from "../../core/errors.ts";
import { RequestClock } from "../../core/scatter/clock.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { byBranch } from "./branches.ts";

/** As many as a request may open, so that no branch has two waves' leaves in flight at once. */
const BRANCHES_PER_WAVE_MAX = 28;

/** What the way back takes: a branch gives up a little earlier, so that its partial answer still counts. */
const RETURN_MARGIN_MS = 20;

/** The time that is left, as it goes. */
export class Deadline {
  private readonly endsAt: number;

  constructor(deadlineMs: number) {
    this.endsAt = Date.now() + deadlineMs;
  }

  /** A share of the time that is left. */
  share(share: number): Deadline {
    return new Deadline(this.leftMs() * share);
  }

  leftMs(): number {
    return Math.max(0, this.endsAt - Date.now());
  }
}

/** Asks all shards by branches; returns each branch's answer, in no order. */
export async function scatter<T extends { leaves: LeafReport[] }>(
  shards: readonly number[],
  deadline: Deadline,
  askBranch: (shards: number[], deadlineMs: number) => Promise<T>,
  nothing: T,
): Promise<T[]> {
  const branches = byBranch(shards);
  const clock = new RequestClock();
  const answers: T[] = [];
  for (let first = 0; first < branches.length; first += BRANCHES_PER_WAVE_MAX) {
    const wave = branches.slice(first, first + BRANCHES_PER_WAVE_MAX);
    answers.push(
      ...(await Promise.all(wave.map((group) => ask(group, { deadline, clock }, askBranch, nothing)))),
    );
  }
  return answers;
}

async function ask<T extends { leaves: LeafReport[] }>(
  shards: number[],
  { deadline, clock }: { deadline: Deadline; clock: RequestClock },
  askBranch: (shards: number[], deadlineMs: number) => Promise<T>,
  nothing: T,
): Promise<T> {
  const leftMs = deadline.leftMs();
  const branchMs = Math.max(1, leftMs - RETURN_MARGIN_MS);
  const answer = await withinDeadline(
    leftMs,
    attempt(() => askBranch(shards, branchMs)),
    clock,
  );
  if (answer.ok) return answer.value;
  const { code } = answer;
  return { ...nothing, leaves: shards.map((shard) => lostLeaf(shard, code)) };
}

async function attempt<T>(call: () => Promise<T>): Promise<Result<{ value: T }>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    console.error(JSON.stringify({ event: "branch-call-failed", error: String(error) }));
    return failure("unavailable", "A branch could not be reached.");
  }
}

function lostLeaf(shard: number, failed: "unavailable" | LeafReport["failed"]): LeafReport {
  return {
    shard,
    replica: 0,
    attempts: [],
    ...(failed === undefined ? {} : { failed }),
    documents: 0,
    rowsRead: 0,
    rowsWritten: 0,
    startMs: 0,
    endMs: 0,
  };
}
