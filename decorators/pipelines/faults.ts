/**
 * Faults on purpose, to see that events survive them: only with UMBEL_FAULTS=1 and a share in UMBEL_EVENT_FAULTS. What
 * can happen to a consumer at any time happens here often: its sinks fail before or after they have written, its
 * messages come twice and out of order, and it dies before it has confirmed.
 */
import { consume, type Reach } from "./consume.ts";
import type { Outcome } from "./outcome.ts";

/** The share of calls that go wrong, from 0 to 1; undefined: none is to. */
export function faultRateOf(env: { UMBEL_FAULTS?: string; UMBEL_EVENT_FAULTS?: string }): number | undefined {
  const rate = Number(env.UMBEL_EVENT_FAULTS);
  return env.UMBEL_FAULTS === "1" && rate > 0 && rate <= 1 ? rate : undefined;
}

/** As `consume`, with faults. `random` is in [0, 1), a new one at each call. */
export async function consumeWithFaults(
  bodies: readonly unknown[],
  reach: Reach,
  rate: number,
  random: () => number,
): Promise<void> {
  const happens = (): boolean => random() < rate;
  const doubled = happens() ? [...bodies, ...bodies] : [...bodies];
  const shuffled = happens() ? shuffle(doubled, random) : doubled;
  const deliver: Reach["deliver"] = async (sink, parcels) => {
    const fail = (): Outcome[] => parcels.map(() => ({ kind: "failed", error: "A fault on purpose." }));
    if (happens()) return fail();
    const outcomes = await reach.deliver(sink, parcels);
    return happens() ? fail() : outcomes;
  };
  const confirm: Reach["confirm"] = async (topic, confirmations) => {
    // As if the isolate had ended here: what was delivered is delivered, and nobody says so.
    if (happens()) throw new Error("A fault on purpose.");
    await reach.confirm(topic, confirmations);
    if (happens()) await reach.confirm(topic, confirmations);
  };
  await consume(shuffled, { ...reach, deliver, confirm });
}

/** Fisher and Yates'. */
function shuffle<T>(items: T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [shuffled[at], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[at], shuffled[other]] = [b, a];
  }
  return shuffled;
}

/** A generator of 32 bits, so that a run can be repeated (Steele, Lea and Flood's SplitMix; the mixer is Murmur3's). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
