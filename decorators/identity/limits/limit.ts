/**
 * A limit that several of the Worker's objects share, such as one on an address: an object a key, named `<policy>:<key>`. What it
 * keeps is one row, which survives the object, so that nobody gets a fresh limit by waiting until it is evicted; an alarm deletes it once all
 * of the limit is back.
 */
import { DurableObject } from "cloudflare:workers";
import type { IdentityEnv } from "../identity-env.ts";
import { giveBack, takeOne, type LimitPolicy, type LimitVerdict } from "./gcra.ts";

export class Limit extends DurableObject<IdentityEnv> {
  /** Takes one, if there is one. */
  take(policy: LimitPolicy): LimitVerdict {
    const verdict = takeOne(policy, this.fullAt(), Date.now());
    if (verdict.allowed) this.keep(verdict.fullAt);
    return verdict;
  }

  /** Gives back what `take` took. */
  giveBack(policy: LimitPolicy): void {
    const fullAt = this.fullAt();
    if (fullAt > Date.now()) this.keep(giveBack(policy, fullAt));
  }

  override async alarm(): Promise<void> {
    const fullAt = this.fullAt();
    if (fullAt > Date.now()) await this.ctx.storage.setAlarm(fullAt);
    else await this.ctx.storage.deleteAll();
  }

  private fullAt(): number {
    return this.ctx.storage.kv.get<number>("fullAt") ?? 0;
  }

  private keep(fullAt: number): void {
    const { storage } = this.ctx;
    const isNew = storage.kv.get("fullAt") === undefined;
    storage.kv.put("fullAt", fullAt);
    // The alarm of the first one is enough: it looks, and sets itself again.
    if (isNew) void storage.setAlarm(fullAt);
  }
}
