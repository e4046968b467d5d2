/**
 * One question to one shard, until one of its replicas has answered it or time is up.
 *
 * 1. The first call goes to the more responsive of two replicas that are well. A canary may go to one on probation beside it.
 * 2. A call that takes longer than nearly all do is hedged: the same call to another replica. The first answer wins.
 * 3. A call that fails is sent to another replica at once, unless one is under way already.
 * 4. Whatever is still under way at the end is abandoned, and told so.
 *
 * No promises: the branch runs it by the runtime's clock, the simulator by its own.
 */
import { failure, type ErrorCode, type Result } from "../errors.ts";
import { sendCanary } from "./canary.ts";
import { chooseCanary, chooseFirst, chooseHedge, chooseRetry } from "./choose-replica.ts";
import type { Clock } from "./clock.ts";
import { ATTEMPTS_MAX, HEDGE_RESERVE, SIDE_BY_SIDE_MAX } from "./limits.ts";
import type { ReplicaHealth } from "./replica-health.ts";
import { isWork, type CollectionExperience, type LeafOperation } from "./scatter-state.ts";
import type { Slots } from "./slots.ts";
import { verdictOn } from "./verdict.ts";

export type AttemptKind = "first" | "canary" | "hedge" | "retry";

/** One call to one replica, when it was sent and what became of it. Once the question is answered, it is settled. */
export interface Attempt {
  replica: number;
  kind: AttemptKind;
  sentAt: number;
  endedAt: number;
  /** `abandoned`: it had not answered when it was no longer needed. `pending`: a canary under way. */
  state: "answered" | "failed" | "abandoned" | "pending";
  code?: ErrorCode;
}

/** What became of an attempt. */
export interface Outcome<T> {
  result: Result<T>;
  /** The replica's instance ended, and the next call meets a new one: it may be asked again when there is no other. */
  restarted?: boolean;
}

/** How an attempt is carried out. A canary may be stopped, or answer, after the question is done. */
export interface ShardCaller<T> {
  send(attempt: Attempt, settle: (outcome: Outcome<T>) => void): void;
  /** Tells a replica that nobody waits for its answer. */
  stop(attempt: Attempt): void;
  /** Called once. `attempts` are those that were sent, in the order in which they were. */
  done(result: Result<T>, attempts: readonly Attempt[]): void;
}

export interface ShardQuestion {
  shard: number;
  replicas: number;
  operation: LeafOperation;
  deadlineMs: number;
  canaryAllowed: boolean;
  /** Switched off to show what it is good for. */
  hedge: boolean;
  retry: boolean;
  /** The replica to ask first where it is well; absent: the most responsive. */
  preferred?: number;
}

export interface ShardSurroundings {
  clock: Clock;
  random: () => number;
  slots: Slots;
  experience: CollectionExperience;
}

interface Running {
  attempt: Attempt;
  health: ReplicaHealth;
  phase: "waiting" | "sent" | "settled";
  stopTimer: () => void;
  hasSlot: boolean;
}

export class ShardCall<T> {
  private readonly question: ShardQuestion;
  private readonly surroundings: ShardSurroundings;
  private readonly caller: ShardCaller<T>;
  private readonly replicas: readonly ReplicaHealth[];
  private readonly asked = new Set<ReplicaHealth>();
  private readonly running = new Set<Running>();
  private readonly attempts: Attempt[] = [];
  private stopDeadline: () => void = () => {};
  private begun = 0;
  private over = false;

  constructor(question: ShardQuestion, surroundings: ShardSurroundings, caller: ShardCaller<T>) {
    this.question = question;
    this.surroundings = surroundings;
    this.caller = caller;
    this.replicas = surroundings.experience.replicasOf(question.shard, question.replicas);
  }

  /** Asks. `caller.done` may be called before this returns. Answers whether a canary goes along. */
  ask(): { isCanary: boolean } {
    const { question } = this;
    const { clock, random, experience } = this.surroundings;
    this.stopDeadline = clock.after(question.deadlineMs, () =>
      this.finish(failure("deadline-exceeded", "There was no answer in time.")),
    );
    const first = preferredOf(this.replicas, question) ?? chooseFirst(this.replicas, clock.now(), random);
    experience.hedges.earn();
    experience.retries.earn();
    if (first === undefined) {
      this.finish(failure("unavailable", "The shard has no replica."));
      return { isCanary: false };
    }
    const canary = question.canaryAllowed ? chooseCanary(this.replicas, first, clock.now()) : undefined;
    this.begin(first, "first");
    if (canary === undefined) return { isCanary: false };
    sendCanary(canary, this.surroundings, this.caller, (attempt) => this.attempts.push(attempt));
    return { isCanary: true };
  }

  private begin(health: ReplicaHealth, kind: AttemptKind): void {
    const attempt: Attempt = { replica: health.replica, kind, sentAt: 0, endedAt: 0, state: "abandoned" };
    const running: Running = { attempt, health, phase: "waiting", stopTimer: () => {}, hasSlot: true };
    this.begun += 1;
    this.asked.add(health);
    this.running.add(running);
    this.surroundings.slots.enter(kind === "hedge", () => this.send(running));
  }

  /** The clock of an attempt starts when it has its slot. */
  private send(running: Running): void {
    const { clock, slots, experience } = this.surroundings;
    if (this.over) {
      slots.leave();
      return;
    }
    const { attempt, health } = running;
    attempt.sentAt = clock.now();
    running.phase = "sent";
    this.attempts.push(attempt);
    health.sent(attempt, attempt.sentAt);
    if (this.question.hedge && this.replicas.length > 1)
      this.hedgeAfter(running, experience.hedgeDelayMs(this.question.operation), true);
    this.caller.send(attempt, (outcome) => {
      if (running.hasSlot) slots.leave();
      this.settle(running, outcome);
    });
  }

  private hedgeAfter(running: Running, delayMs: number, modest: boolean): void {
    running.stopTimer = this.surroundings.clock.after(modest ? delayMs : 2 * delayMs, () => {
      if (!this.hedge(running, modest)) this.hedgeAfter(running, delayMs, false);
    });
  }

  /**
   * Whether that is settled: a hedge was sent, or none ever can be. What has waited once is modest; what has waited longer is
   * a straggler: it may take a token that is kept for those, or being as good as failed, one for retries; a slot from what
   * hangs; and a replica that is on probation.
   */
  private hedge(running: Running, modest: boolean): boolean {
    const { clock, random, slots, experience } = this.surroundings;
    if (this.begun >= ATTEMPTS_MAX) return true;
    if (this.running.size >= SIDE_BY_SIDE_MAX) return false;
    const busy = new Set([...this.running].map(({ health }) => health));
    const now = clock.now();
    const health = chooseHedge(this.replicas, busy, { now, dueBy: modest ? now : Infinity }, random);
    if (health === undefined || (modest && slots.full)) return false;
    // What is slow with a replica that is well is not given up for one that is not.
    if (slots.full && health.onProbation && !running.health.onProbation) return false;
    if (!experience.hedges.take(modest ? HEDGE_RESERVE : 0) && (modest || !experience.retries.take()))
      return false;
    if (slots.full) this.giveUp(running);
    this.begin(health, "hedge");
    return true;
  }

  private giveUp(running: Running): void {
    this.running.delete(running);
    this.abandon(running, true);
    running.hasSlot = false;
    this.surroundings.slots.leave();
  }

  private abandon(running: Running, lostToHedge: boolean): void {
    const { clock, experience } = this.surroundings;
    const { attempt, health } = running;
    running.phase = "settled";
    running.stopTimer();
    attempt.endedAt = clock.now();
    // It would have taken at least this long: counted as that, it keeps its place above the quantile that hedges go by. What is
    // known to be ill says nothing about what calls take.
    const tookMs = attempt.endedAt - attempt.sentAt;
    if (!health.onProbation) experience.latenciesOf(this.question.operation).record(tookMs);
    health.abandoned(attempt, attempt.endedAt, lostToHedge, isWork(this.question.operation));
    this.caller.stop(attempt);
  }

  private settle(running: Running, { result, restarted = false }: Outcome<T>): void {
    if (running.phase === "settled") return;
    running.phase = "settled";
    const { attempt, health } = running;
    const now = this.surroundings.clock.now();
    running.stopTimer();
    this.running.delete(running);
    attempt.endedAt = now;
    attempt.state = result.ok ? "answered" : "failed";
    if (result.ok) {
      health.answered(attempt, now, isWork(this.question.operation));
      this.surroundings.experience.latenciesOf(this.question.operation).record(now - attempt.sentAt);
      this.finish(result);
      return;
    }
    attempt.code = result.code;
    const { retry, blame } = verdictOn(result.code);
    if (blame) health.failed(attempt, now);
    else health.released(attempt);
    if (!retry) this.finish(result);
    else if (this.running.size === 0 && !this.retry(running, restarted)) this.finish(result);
  }

  private retry({ health }: Running, restarted: boolean): boolean {
    const { clock, random, experience } = this.surroundings;
    if (!this.question.retry || this.begun >= ATTEMPTS_MAX) return false;
    const next =
      chooseRetry(this.replicas, this.asked, health, clock.now(), random) ?? (restarted ? health : undefined);
    if (next === undefined) return false;
    if (!experience.retries.take()) return false;
    this.begin(next, "retry");
    return true;
  }

  private finish(result: Result<T>): void {
    this.over = true;
    this.stopDeadline();
    for (const running of this.running) {
      if (running.phase === "sent") this.abandon(running, result.ok && running.attempt.kind !== "hedge");
    }
    this.caller.done(result, this.attempts);
  }
}

function preferredOf(
  replicas: readonly ReplicaHealth[],
  { preferred }: ShardQuestion,
): ReplicaHealth | undefined {
  const health = replicas.find(({ replica }) => replica === preferred);
  return health?.onProbation === true && !health.isSilent ? undefined : health;
}
