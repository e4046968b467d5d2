/**
 * Some of the accounts: their authenticators, their open challenges, what of their limits is used.
 *
 * Invariants:
 * 1. What happened to an account and the events that tell of it are written in one transaction (outbox/outbox.ts); while the outbox holds
 *    any, the alarm is set for no later than when they are due.
 * 2. A challenge is compared with at most five answers; it, a recovery code and a time step are accepted once.
 * 3. With an authenticator and without, a challenge takes the same reads, writes and computations.
 *
 * What can fail: this object, at any time: nothing is in memory but what it is about to send. The journal, or the collection of kept
 * events: the outbox keeps what they have not taken. The key ring, for want of a key: what it sealed is unreadable, and counts as not matching.
 */
import { DurableObject } from "cloudflare:workers";
import type { NewEnrollment, Enrollment } from "../../../core/contracts/identity.ts";
import type { Result } from "../../../core/errors.ts";
import { answerChallenge, type Answer, type Verified } from "../challenges/answer.ts";
import { openChallenge, type Opened, type Opening } from "../challenges/open.ts";
import type { IdentityEnv } from "../identity-env.ts";
import { keyRing } from "../keys/key-ring.ts";
import { Outbox } from "../outbox/outbox.ts";
import { publisher } from "../outbox/publish.ts";
import {
  beginEnrollment,
  confirmEnrollment,
  listEnrollments,
  removeEnrollment,
  type Beginning,
} from "../totp/enroll.ts";
import type { AccountHash } from "./account-name.ts";
import type { Desk } from "./desk.ts";
import { AccountStore } from "./store.ts";

/** How long what is over stays at least, and how seldom a sweep comes at most. */
const SWEEP_MS = 10 * 60_000;

/** A challenge that is over is still known as such, for the audit, and its code is gone with its row. */
const CHALLENGE_KEPT_MS = 10 * 60_000;

/** A network from which a right answer came stays familiar. */
const FAMILIAR_MS = 90 * 24 * 3_600_000;

export class Accounts extends DurableObject<IdentityEnv> {
  private readonly store: AccountStore;
  private readonly outbox: Outbox;
  /** What the alarm is set for; infinity: it is not. */
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: IdentityEnv) {
    super(ctx, env);
    this.store = new AccountStore(ctx.storage);
    this.outbox = new Outbox(ctx.storage.sql, publisher(env));
    void ctx.blockConcurrencyWhile(async () => {
      this.alarmAt = (await ctx.storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    });
  }

  async open(opening: Opening): Promise<Result<Opened>> {
    return this.change((desk) => openChallenge(desk, opening));
  }

  async answer(answer: Answer): Promise<Result<Verified>> {
    return this.change((desk) => answerChallenge(desk, answer));
  }

  async enroll(beginning: Beginning): Promise<Result<NewEnrollment>> {
    return this.change((desk) => beginEnrollment(desk, beginning));
  }

  async confirm(
    enrollment: string,
    given: { code: string; address: string | undefined },
  ): Promise<Result<object>> {
    return this.change((desk) => confirmEnrollment(desk, enrollment, given));
  }

  async remove(enrollment: string, given: { address: string | undefined }): Promise<Result<object>> {
    return this.change((desk) => removeEnrollment(desk, enrollment, given));
  }

  async list(account: AccountHash): Promise<Result<{ enrollments: Enrollment[] }>> {
    const desk = this.desk();
    return desk.ok ? { ok: true, enrollments: listEnrollments(desk, account) } : desk;
  }

  /** Never throws: the platform gives an alarm up after some failures, and then nothing would be sent again. */
  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    try {
      this.store.sweep(now, now - CHALLENGE_KEPT_MS, now - FAMILIAR_MS);
      await this.outbox.flush();
      await this.wakeAt(this.nextSweepAt(Date.now()));
    } catch (error) {
      console.error(JSON.stringify({ event: "accounts-alarm-failed", error: String(error) }));
      await this.wakeAt(now + SWEEP_MS);
    }
  }

  private async change<T>(work: (desk: Desk) => Promise<Result<T>> | Result<T>): Promise<Result<T>> {
    const desk = this.desk();
    if (!desk.ok) return desk;
    const result = await work(desk);
    // In the turn of the last write, and durable with it.
    await this.wakeAt(Date.now() + SWEEP_MS);
    this.ctx.waitUntil(this.outbox.flush());
    return result;
  }

  private desk(): Result<Desk> {
    const found = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!found.ok) return found;
    return { ok: true, store: this.store, outbox: this.outbox, ring: found.ring, now: Date.now };
  }

  private nextSweepAt(now: number): number {
    const { challenge, pending, limit, familiar } = this.store.oldest();
    const times = [
      ...(challenge === null ? [] : [challenge + CHALLENGE_KEPT_MS]),
      ...(pending === null ? [] : [pending]),
      ...(limit === null ? [] : [limit]),
      ...(familiar === null ? [] : [familiar + FAMILIAR_MS]),
    ];
    return times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(now + SWEEP_MS, Math.min(...times));
  }

  /** Sets the alarm for then, or for when the outbox is due, unless it is set for earlier. */
  private async wakeAt(time: number): Promise<void> {
    const wanted = Math.min(time, this.outbox.dueAt(Date.now()) ?? Number.POSITIVE_INFINITY);
    if (wanted >= this.alarmAt) return;
    this.alarmAt = wanted;
    await this.ctx.storage.setAlarm(wanted);
  }
}
