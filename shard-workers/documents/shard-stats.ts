/**
 * The figures of shards, with how each of their replicas is. A replica that can't be reached is told as such; the figures are
 * the primary's, or where that can't be had, those of the replica that has come furthest.
 */
import type { ReplicaState, ShardStats } from "../../core/contracts/documents.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { PRIMARY, type LeafStats } from "./leaf-stub.ts";

/** A replica beside the primary that takes longer is told as unreachable: figures are worth no longer wait. */
const REPLICA_DEADLINE_MS = 3_000;

/** `ask` never rejects. Asks one replica of each shard at a time: six leaves at once, as everywhere in a branch. */
export async function shardStats(
  shards: readonly number[],
  replicas: number,
  ask: (shard: number, replica: number) => Promise<LeafStats>,
): Promise<Result<{ shards: ShardStats[] }>> {
  const answers = new Map<number, LeafStats[]>(shards.map((shard) => [shard, []]));
  for (let replica = 0; replica < replicas; replica++) {
    await Promise.all(
      [...answers].map(async ([shard, ofShard]) => {
        const answer = ask(shard, replica);
        ofShard.push(await (replica === PRIMARY ? answer : withinDeadline(REPLICA_DEADLINE_MS, answer)));
      }),
    );
  }
  const stats: ShardStats[] = [];
  for (const [shard, ofShard] of answers) {
    const figures = figuresOf(shard, ofShard);
    if ("ok" in figures) return figures;
    stats.push(figures);
  }
  return { ok: true, shards: stats };
}

/** Of one shard; `answers` in the order of its replicas. */
export function figuresOf(shard: number, answers: readonly LeafStats[]): ShardStats | Failure {
  const [primary] = answers;
  // The caller is to look at the collection anew.
  if (primary?.ok === false && isStale(primary)) return primary;
  const serving = answers
    .filter((answer) => answer.ok && answer.condition === "serving")
    .toSorted((a, b) => sequenceOf(b) - sequenceOf(a));
  const source = primary?.ok === true ? primary : serving[0];
  if (source?.ok !== true) {
    return primary?.ok === false
      ? primary
      : failure("unavailable", "No replica of the shard can be reached.");
  }
  const { documents, bytes, sequence } = source;
  return {
    shard,
    documents,
    bytes,
    sequence,
    replicas: answers.map((answer, replica) => ({
      replica,
      sequence: sequenceOf(answer),
      state: stateOf(answer, sequence),
    })),
  };
}

function sequenceOf(answer: LeafStats): number {
  return answer.ok ? answer.sequence : 0;
}

function stateOf(answer: LeafStats, sequence: number): ReplicaState {
  if (!answer.ok) return answer.code === "corrupt" ? "corrupt" : "unreachable";
  if (answer.condition !== "serving") return answer.condition;
  return answer.sequence >= sequence ? "current" : "behind";
}
