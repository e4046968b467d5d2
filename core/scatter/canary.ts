/**
 * A canary: one more call to a replica on probation, beside the call that is waited for. Whether it is answered shows how the
 * replica is; the answer itself is not used, so that no search is slower for having carried one.
 */
import type { Clock } from "./clock.ts";
import { CANARY_MS_MAX } from "./limits.ts";
import type { ReplicaHealth } from "./replica-health.ts";
import type { Attempt, ShardCaller } from "./shard-call.ts";
import type { Slots } from "./slots.ts";
import { verdictOn } from "./verdict.ts";

/** Sends a canary as soon as a slot is not needed for anything else. `sent` hears of it when it is sent. */
export function sendCanary<T>(
  health: ReplicaHealth,
  { clock, slots }: { clock: Clock; slots: Slots },
  caller: Pick<ShardCaller<T>, "send" | "stop">,
  sent: (attempt: Attempt) => void,
): void {
  const attempt: Attempt = {
    replica: health.replica,
    kind: "canary",
    sentAt: 0,
    endedAt: 0,
    state: "pending",
  };
  let stopTimer: (() => void) | undefined;
  let over = false;
  const end = (state: Attempt["state"]): void => {
    over = true;
    stopTimer?.();
    attempt.endedAt = clock.now();
    attempt.state = state;
  };
  const loan = {
    begin(): void {
      attempt.sentAt = clock.now();
      health.sent(attempt, attempt.sentAt);
      sent(attempt);
      stopTimer = clock.after(CANARY_MS_MAX, () => {
        end("abandoned");
        health.failed(attempt, attempt.endedAt);
        slots.giveBack(loan);
        caller.stop(attempt);
      });
      caller.send(attempt, ({ result }) => {
        if (over) return;
        end(result.ok ? "answered" : "failed");
        if (result.ok) health.answered(attempt, attempt.endedAt);
        else {
          attempt.code = result.code;
          if (verdictOn(result.code).blame) health.failed(attempt, attempt.endedAt);
          else health.released(attempt);
        }
        slots.giveBack(loan);
      });
    },
    reclaim(): void {
      end("abandoned");
      health.released(attempt);
      caller.stop(attempt);
    },
  };
  health.expectCanary(clock.now());
  slots.lend(loan);
}
