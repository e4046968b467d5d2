/**
 * Searches over simulated leaves, with the policies that the branch runs, by a virtual clock. One isolate's experience
 * serves all searches. All branches of a search are asked at once, also where the root would need several waves.
 */
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import { failure, type Result } from "../../core/errors.ts";
import { seededRandom } from "../../core/seeded-random.ts";
import type { ScatterPolicy } from "../../core/scatter/limits.ts";
import { CollectionExperience } from "../../core/scatter/scatter-state.ts";
import { ShardCall, type Attempt } from "../../core/scatter/shard-call.ts";
import { Slots } from "../../core/scatter/slots.ts";
import { SimulatedLeaf, type LeafModel } from "./leaf-model.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Scenario {
  leaves: number;
  replicas: number;
  searches: number;
  model: LeafModel;
  policy: ScatterPolicy;
  /** Searches that arrive in a second, at random. */
  searchesPerSecond: number;
  deadlineMs: number;
  seed: number;
  /** Searches that begin before this, in ms, do not count: the isolate is still learning. */
  countAfterMs?: number;
}

export interface Figures {
  searches: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  /** Shares of the searches, 0 to 1. */
  over2s: number;
  failed: number;
  /** Searches in which a call failed: what would have failed without another. */
  hadFailures: number;
  /** Shares of the first calls. */
  hedged: number;
  retried: number;
  canaries: number;
  /** What was asked of the leaves beyond the first calls. */
  extra: number;
}

const SLOW_MS = 2_000;

interface Counts {
  latencies: number[];
  failed: number;
  hadFailures: number;
  calls: number;
  hedges: number;
  retries: number;
  canaries: number;
}

/** Runs a scenario. The same scenario gives the same figures. */
export function simulate(scenario: Scenario): Figures {
  const clock = new VirtualClock();
  const random = seededRandom(scenario.seed);
  const experience = new CollectionExperience(scenario.policy);
  const leaves = Array.from({ length: scenario.leaves }, () =>
    Array.from(
      { length: scenario.replicas },
      (_, replica) => new SimulatedLeaf(scenario.model, replica, random),
    ),
  );
  const counts: Counts = {
    latencies: [],
    failed: 0,
    hadFailures: 0,
    calls: 0,
    hedges: 0,
    retries: 0,
    canaries: 0,
  };
  let begun = 0;
  const arrive = (): void => {
    search({ scenario, clock, random, experience, leaves, counts });
    begun += 1;
    const gapMs = (-Math.log(1 - random()) * 1_000) / scenario.searchesPerSecond;
    if (begun < scenario.searches) clock.after(gapMs, arrive);
  };
  arrive();
  clock.runToEnd();
  return figuresOf(counts);
}

interface World {
  scenario: Scenario;
  clock: VirtualClock;
  random: () => number;
  experience: CollectionExperience;
  leaves: SimulatedLeaf[][];
  counts: Counts;
}

/** One search: every shard is asked, six to a branch; it has succeeded when all of them have answered. */
function search({ scenario, clock, random, experience, leaves, counts }: World): void {
  const { replicas, deadlineMs, countAfterMs = 0 } = scenario;
  const startedAt = clock.now();
  let waiting = leaves.length;
  let complete = true;
  let callFailed = false;
  const done = (result: Result<object>, attempts: readonly Attempt[]): void => {
    waiting -= 1;
    complete &&= result.ok;
    callFailed ||= attempts.some(({ state }) => state === "failed");
    if (startedAt < countAfterMs) return;
    counts.calls += 1;
    for (const { kind } of attempts) {
      if (kind === "hedge") counts.hedges += 1;
      else if (kind === "retry") counts.retries += 1;
      else if (kind === "canary") counts.canaries += 1;
    }
    if (waiting > 0) return;
    counts.latencies.push(clock.now() - startedAt);
    if (callFailed) counts.hadFailures += 1;
    if (!complete) counts.failed += 1;
  };
  let slots = new Slots(BRANCH_LEAVES_MAX);
  let canaryAllowed = true;
  leaves.forEach((shardLeaves, shard) => {
    if (shard % BRANCH_LEAVES_MAX === 0) {
      slots = new Slots(BRANCH_LEAVES_MAX);
      canaryAllowed = true;
    }
    const { isCanary } = new ShardCall<object>(
      { shard, replicas, operation: "search", deadlineMs, canaryAllowed, hedge: true, retry: true },
      { clock, random, slots, experience },
      {
        send({ replica }, settle) {
          const answer = shardLeaves[replica]?.call(clock.now());
          if (answer === undefined) throw new Error("there is no such replica");
          const result: Result<object> = answer.ok ? { ok: true } : failure("unavailable", "It failed.");
          clock.after(answer.afterMs, () => settle({ result }));
        },
        // What a leaf has begun it ends: that is the most that a cancelled call can cost.
        stop() {},
        done,
      },
    ).ask();
    canaryAllowed &&= !isCanary;
  });
}

function figuresOf({ latencies, failed, hadFailures, calls, hedges, retries, canaries }: Counts): Figures {
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const searches = sorted.length;
  return {
    searches,
    p95Ms: at(0.95),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: at(1),
    over2s: sorted.filter((ms) => ms >= SLOW_MS).length / searches,
    failed: failed / searches,
    hadFailures: hadFailures / searches,
    hedged: hedges / calls,
    retried: retries / calls,
    canaries: canaries / calls,
    extra: (hedges + retries + canaries) / calls,
  };
}
