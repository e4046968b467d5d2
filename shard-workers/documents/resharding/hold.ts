/** Writes that come while their shard is handed over wait for that, and are then told where to go. */
import { failure, type Failure } from "../../../core/errors.ts";
import { HELD_LOOK_MS, HELD_MS_MAX } from "./limits.ts";

/** What a write is answered that comes meanwhile. */
export const HELD: Failure = failure(
  "unavailable",
  "The shard is being handed over, and takes no writes at this moment.",
);

interface Handover {
  /** Asks the Catalog whether it is over. */
  look: () => Promise<void>;
  isOn: () => boolean;
}

/** Tries again for as long as the answer is `HELD`, and no longer than a hand-over can take. */
export async function whileHeld<T extends { ok: boolean }>(
  attempt: () => Promise<T | Failure>,
  { look, isOn }: Handover,
): Promise<T | Failure> {
  const endsAt = Date.now() + HELD_MS_MAX;
  for (;;) {
    const answer = await attempt();
    if (answer !== HELD) return answer;
    await look();
    if (!isOn()) continue;
    if (Date.now() >= endsAt) return HELD;
    await scheduler.wait(HELD_LOOK_MS);
  }
}
