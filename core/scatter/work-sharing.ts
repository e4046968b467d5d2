/**
 * One piece of work, shared by leaves of which each could do all of it: a range of slots is handed to whichever is free first, so that a
 * slow one does less and a dead one's goes to another.
 *
 * 1. A free leaf gets half of its fair share of what is left, by its speed; the least there is to get bounds what handing out costs
 *    (guided self-scheduling: Polychronopoulos and Kuck, 1987; by speed: Hummel et al., "Load-sharing in heterogeneous systems via weighted
 *    factoring", 1996). One that would still be at it when the others have done everything gets nothing.
 * 2. When nothing is left, those that are free help whoever will take longest: they cut its range up between them, and whichever is first,
 *    it or all of them, counts. A leaf is helped where it is overdue, or that halves what is left of its time.
 * 3. What fails goes to another leaf. A failure that every leaf would have is the answer.
 *
 * No promises: the root runs it by the runtime's clock, tests by their own.
 */
import { failure, type ErrorCode, type Failure, type Result } from "../errors.ts";
import { ALL_SLOTS, type SlotSpan } from "../slots.ts";
import type { Clock } from "./clock.ts";
import { HEDGE_DELAY_MS_MIN } from "./limits.ts";
import type { ReplicaHealth } from "./replica-health.ts";
import { verdictOn } from "./verdict.ts";
import { answersIn, cut, divide, isDone, isSettled, pieceOf, slotsIn, type Piece } from "./work-pieces.ts";
import type { WorkPace } from "./work-pace.ts";

/** One call to one leaf for one range, when it was sent and what became of it. */
export interface WorkCall {
  replica: number;
  span: SlotSpan;
  kind: "first" | "hedge" | "retry";
  sentAt: number;
  endedAt: number;
  /** `abandoned`: it had not answered when it was no longer needed. */
  state: "answered" | "failed" | "abandoned";
  code?: ErrorCode;
}

export interface WorkCaller<T> {
  send(call: WorkCall, settle: (result: Result<{ answer: T }>) => void): void;
  /** Tells a leaf that nobody waits for its answer. */
  stop(call: WorkCall): void;
  /** Called once. */
  done(work: WorkDone<T>): void;
}

export interface WorkDone<T> {
  /** No slot is in two of them. */
  answers: T[];
  /** Slots that they are of: all of them, or there is a failure. */
  slots: number;
  failed?: Failure;
  /** In the order in which they were sent. */
  calls: readonly WorkCall[];
}

export interface WorkQuestion {
  leaves: number;
  /** Leaves that work at a time: more would cost more than they give. */
  lanes: number;
  /** Slots in a range at least. */
  slotsMin: number;
  /** What a slot is likely to take, in ms: until a leaf has shown it. */
  msASlot: number;
  deadlineMs: number;
}

/** How often one leaf may fail before it is given no more of this work. */
const FAILURES_MAX = 2;

interface Worker<T> {
  health: ReplicaHealth;
  /** What a slot takes here, in ms; undefined: it has answered nothing yet. */
  msASlot: number | undefined;
  running: { call: WorkCall; piece: Piece<T> } | undefined;
  failures: number;
}

export class WorkSharing<T> {
  private readonly question: WorkQuestion;
  private readonly clock: Clock;
  private readonly pace: WorkPace;
  private readonly caller: WorkCaller<T>;
  private readonly workers: readonly Worker<T>[];
  private readonly whole: Piece<T> = pieceOf<T>(ALL_SLOTS, undefined);
  /** Nobody has these. */
  private pending: Piece<T>[] = [];
  private readonly calls: WorkCall[] = [];
  private readonly stopDeadline: () => void;
  private stopTimer: () => void = () => {};
  private lastFailure: Failure | undefined;
  private over = false;

  constructor(question: WorkQuestion, clock: Clock, pace: WorkPace, caller: WorkCaller<T>) {
    this.question = question;
    this.clock = clock;
    this.pace = pace;
    this.caller = caller;
    this.workers = pace
      .of(question.leaves)
      .map((health) => ({ health, msASlot: undefined, running: undefined, failures: 0 }));
    this.pending.push(pieceOf(ALL_SLOTS, this.whole));
    this.stopDeadline = clock.after(question.deadlineMs, () =>
      this.finish(failure("deadline-exceeded", "There was no answer in time.")),
    );
  }

  /** Hands out what can be handed out. To be called once; `caller.done` may be called before this returns. */
  begin(): void {
    const passed = new Set<Worker<T>>();
    while (!this.over && this.busy < this.question.lanes) {
      const worker = this.nextFree(passed);
      if (worker === undefined) break;
      const piece = this.pending.length > 0 ? this.share(worker) : this.help(worker);
      if (piece === undefined) passed.add(worker);
      else this.send(worker, piece);
    }
    if (this.over) return;
    if (this.workers.every(({ running }) => running === undefined)) {
      this.finish(this.lastFailure ?? failure("unavailable", "No leaf can be asked."));
      return;
    }
    this.lookAgain();
  }

  /** Leaves at work that are neither being helped nor overdue: those that are may hang. */
  private get busy(): number {
    const now = this.clock.now();
    return this.workers.filter(
      (worker) => worker.running?.piece.pieces.length === 0 && !this.isOverdue(worker, now),
    ).length;
  }

  /** The free leaf to give work to: the fastest of those that are well; where nobody is, any that may be tried. */
  private nextFree(passed: ReadonlySet<Worker<T>>): Worker<T> | undefined {
    const now = this.clock.now();
    const free = this.workers.filter(
      (worker) => worker.running === undefined && worker.failures < FAILURES_MAX && !passed.has(worker),
    );
    const anyIsWell = this.workers.some((worker) => this.isWell(worker) && !this.isOverdue(worker, now));
    const from = anyIsWell ? free.filter((worker) => this.isWell(worker)) : free;
    return from.toSorted((a, b) => a.failures - b.failures || this.msASlot(a, now) - this.msASlot(b, now))[0];
  }

  private isWell({ health, failures }: Worker<T>): boolean {
    return failures === 0 && health.triedAgainAt <= this.clock.now();
  }

  /** A free leaf's next range of what nobody has. */
  private share(worker: Worker<T>): Piece<T> | undefined {
    const now = this.clock.now();
    const left = this.pending.reduce((sum, { span }) => sum + slotsIn(span), 0);
    const own = 1 / this.msASlot(worker, now);
    const speeds = this.workers
      .filter((other) => other !== worker && this.isWell(other) && !this.isOverdue(other, now))
      .map((other) => 1 / this.msASlot(other, now))
      .toSorted((a, b) => b - a)
      .slice(0, this.question.lanes - 1);
    const others = speeds.reduce((sum, speed) => sum + speed, 0);
    const least = Math.min(left, this.question.slotsMin);
    // What the others would take for all that is left, which they can't divide further than the least.
    const othersMs = Math.max(left / others, least / (speeds[0] ?? 0));
    if (least / own > othersMs + HEDGE_DELAY_MS_MIN) return undefined;
    const { replica } = worker.health;
    const place = Math.max(
      0,
      this.pending.findIndex(({ failedAt }) => !failedAt.has(replica)),
    );
    const from = this.pending[place];
    if (from === undefined) return undefined;
    // What was divided to help somebody is small enough.
    const size =
      from.parent === this.whole ? Math.max(least, Math.ceil((left * own) / (own + others) / 2)) : Infinity;
    const piece = cut(from, size);
    if (piece === from) this.pending.splice(place, 1);
    return piece;
  }

  /** A free leaf's part of what another is at: all that are free divide it. */
  private help(worker: Worker<T>): Piece<T> | undefined {
    const now = this.clock.now();
    const [slowest] = this.workers
      .filter((other) => this.mayBeHelped(other, now))
      .toSorted((a, b) => this.leftMs(b, now) - this.leftMs(a, now));
    if (slowest?.running === undefined) return undefined;
    const { piece } = slowest.running;
    const free = this.workers.filter(
      (other) => other.running === undefined && this.isWell(other) && other !== worker,
    );
    const room = this.question.lanes - this.busy;
    const parts = Math.min(1 + free.length, Math.max(1, room), slotsIn(piece.span));
    const ownMs = (slotsIn(piece.span) / parts) * this.msASlot(worker, now);
    const leftMs = this.leftMs(slowest, now);
    if (2 * ownMs > leftMs && !this.isOverdue(slowest, now)) return undefined;
    if (ownMs > leftMs) return undefined;
    this.pending.push(...divide(piece, parts));
    return this.pending.shift();
  }

  /** Whether a leaf's range may be divided: nobody has it beside, and what is somebody's help already is overdue. */
  private mayBeHelped(worker: Worker<T>, now: number): boolean {
    const piece = worker.running?.piece;
    if (piece === undefined || piece.pieces.length > 0) return false;
    return piece.parent === this.whole || this.isOverdue(worker, now);
  }

  /** What a leaf still takes for its range; of one that is overdue nothing is known but that it has taken so long. */
  private leftMs(worker: Worker<T>, now: number): number {
    if (worker.running === undefined) return 0;
    const { call } = worker.running;
    const elapsedMs = now - call.sentAt;
    const wholeMs = this.expectedMs(worker, now);
    return elapsedMs < wholeMs ? wholeMs - elapsedMs : elapsedMs;
  }

  private expectedMs(worker: Worker<T>, now: number): number {
    const slots = worker.running === undefined ? 0 : slotsIn(worker.running.call.span);
    return HEDGE_DELAY_MS_MIN + slots * this.msASlot(worker, now);
  }

  private isOverdue(worker: Worker<T>, now: number): boolean {
    return worker.running !== undefined && now - worker.running.call.sentAt >= this.expectedMs(worker, now);
  }

  /** What a slot takes at a leaf: as it has shown, or as the others have and it is likely to be slower than they. */
  private msASlot({ msASlot, health }: Worker<T>, now: number): number {
    return msASlot ?? this.commonMsASlot * this.pace.slowness(health.replica, now);
  }

  private get commonMsASlot(): number {
    const shown = this.workers
      .flatMap(({ msASlot }) => (msASlot === undefined ? [] : [msASlot]))
      .toSorted((a, b) => a - b);
    return shown[(shown.length - 1) >> 1] ?? this.question.msASlot;
  }

  /** Free leaves look again when one that is at work becomes overdue: nothing else may happen before. */
  private lookAgain(): void {
    this.stopTimer();
    this.stopTimer = () => {};
    if (this.workers.every(({ running }) => running !== undefined)) return;
    const now = this.clock.now();
    const waits = this.workers.flatMap((other) => {
      if (other.running === undefined || other.running.piece.pieces.length > 0) return [];
      const elapsedMs = now - other.running.call.sentAt;
      const leftMs = this.expectedMs(other, now) - elapsedMs;
      // Who is overdue already was not worth helping yet.
      return [leftMs > 0 ? leftMs : Math.max(HEDGE_DELAY_MS_MIN, elapsedMs / 4)];
    });
    if (waits.length > 0)
      this.stopTimer = this.clock.after(Math.max(1, Math.min(...waits)), () => this.begin());
  }

  private send(worker: Worker<T>, piece: Piece<T>): void {
    const { health } = worker;
    const call: WorkCall = {
      replica: health.replica,
      span: { ...piece.span },
      kind: piece.failedAt.size > 0 ? "retry" : piece.parent === this.whole ? "first" : "hedge",
      sentAt: this.clock.now(),
      endedAt: 0,
      state: "abandoned",
    };
    const running = { call, piece };
    worker.running = running;
    this.calls.push(call);
    health.sent(call, call.sentAt);
    this.caller.send(call, (result) => {
      if (worker.running === running) this.settle(worker, running, result);
    });
  }

  private settle(
    worker: Worker<T>,
    { call, piece }: { call: WorkCall; piece: Piece<T> },
    result: Result<{ answer: T }>,
  ): void {
    const now = this.clock.now();
    worker.running = undefined;
    call.endedAt = now;
    call.state = result.ok ? "answered" : "failed";
    if (result.ok) {
      worker.health.answered(call, now);
      const msASlot = Math.max(now - call.sentAt, MS_MIN) / slotsIn(call.span);
      worker.msASlot = worker.msASlot === undefined ? msASlot : (worker.msASlot + msASlot) / 2;
      piece.answer = result.answer;
      this.dropSettled();
    } else {
      call.code = result.code;
      this.failed(worker, { call, piece }, result);
    }
    if (this.over) return;
    if (isDone(this.whole)) this.finish(undefined);
    else this.begin();
  }

  private failed(
    worker: Worker<T>,
    { call, piece }: { call: WorkCall; piece: Piece<T> },
    result: Failure,
  ): void {
    const { retry, blame } = verdictOn(result.code);
    if (blame) worker.health.failed(call, this.clock.now());
    else worker.health.released(call);
    if (!retry) {
      this.finish(result);
      return;
    }
    worker.failures += 1;
    this.lastFailure = result;
    piece.failedAt.add(call.replica);
    // Those that help with it have it already.
    if (piece.pieces.length === 0 && !isSettled(piece)) this.pending.unshift(piece);
  }

  /** Ends what no longer matters. */
  private dropSettled(): void {
    this.pending = this.pending.filter((piece) => !isSettled(piece));
    for (const worker of this.workers) {
      if (worker.running !== undefined && isSettled(worker.running.piece)) this.abandon(worker, true);
    }
  }

  private abandon(worker: Worker<T>, lost: boolean): void {
    const { running, health } = worker;
    if (running === undefined) return;
    worker.running = undefined;
    const { call, piece } = running;
    call.endedAt = this.clock.now();
    // It would have taken at least this long.
    const least = Math.max(call.endedAt - call.sentAt, MS_MIN) / slotsIn(call.span);
    if (lost && least > this.msASlot(worker, call.endedAt)) worker.msASlot = least;
    health.abandoned(call, call.endedAt, lost && piece.pieces.length > 0);
    this.caller.stop(call);
  }

  private finish(failed: Failure | undefined): void {
    if (this.over) return;
    this.over = true;
    this.stopDeadline();
    this.stopTimer();
    for (const worker of this.workers) this.abandon(worker, false);
    this.remember();
    const parts = answersIn(this.whole);
    this.caller.done({
      answers: parts.map(({ answer }) => answer),
      slots: parts.reduce((sum, { slots }) => sum + slots, 0),
      ...(failed === undefined ? {} : { failed }),
      calls: this.calls,
    });
  }

  private remember(): void {
    const now = this.clock.now();
    const common = this.commonMsASlot;
    for (const { health, msASlot } of this.workers)
      if (msASlot !== undefined) this.pace.observe(health.replica, msASlot / common, now);
  }
}

/** A Worker's clock knows whole milliseconds. */
const MS_MIN = 0.5;
