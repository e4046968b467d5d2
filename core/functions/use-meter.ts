/**
 * Counts what functions are used for, in the isolate that calls them. What it has counted is told seldom: a call and a row
 * for each version every few seconds, however many events there are. An isolate that is killed takes at most those seconds
 * of counting with it.
 */
import type { FunctionUse } from "../contracts/function-uses.ts";

/** How long what was counted may stay untold. */
export const USES_TOLD_AFTER_MS = 5_000;

export interface MeterReach {
  tell: (uses: FunctionUse[]) => Promise<void>;
  /** Keeps the isolate awake for it, as `waitUntil` does. */
  keepAwake: (work: Promise<void>) => void;
  /** Resolves after a time. */
  wait: (ms: number) => Promise<unknown>;
}

export class UseMeter {
  private uses = new Map<string, FunctionUse>();
  private telling = false;

  count(use: FunctionUse): void {
    const key = `${use.name}@${use.version}/${use.kind}`;
    const sum = this.uses.get(key);
    if (sum === undefined) {
      this.uses.set(key, { ...use });
      return;
    }
    sum.calls += use.calls;
    sum.items += use.items;
    sum.errors += use.errors;
    sum.ms += use.ms;
  }

  /** Whether there is something to tell, and it is not on its way. */
  get hasToTell(): boolean {
    return !this.telling && this.uses.size > 0;
  }

  /**
   * To be called when a request or a batch is through: sees to it that what was counted is told after a while, unless
   * that is on its way already. Never throws.
   */
  tellLater({ tell, keepAwake, wait }: MeterReach): void {
    if (!this.hasToTell) return;
    this.telling = true;
    keepAwake(
      (async () => {
        try {
          await wait(USES_TOLD_AFTER_MS);
        } finally {
          // Whatever becomes of this request, the next may tell.
          this.telling = false;
        }
        const uses = [...this.uses.values()];
        this.uses.clear();
        try {
          await tell(uses);
        } catch (error) {
          // Some of it may have been taken: counts may be too high after an outage, and are not lost in one.
          for (const use of uses) this.count(use);
          console.error(JSON.stringify({ event: "uses-not-told", error: String(error) }));
        }
      })(),
    );
  }
}
