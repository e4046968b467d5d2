/** Writing to a collection from outside of it: routed to shards, sent by branches, repeated where the map was old. */
import { generationOf, refOf, type Collection } from "../collection.ts";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../contracts/branch.ts";
import type { ShardWrites, ShardWritesAnswer, WriteOperation, WriteOutcome } from "../contracts/documents.ts";
import type { CollectionRef } from "../contracts/search.ts";
import { failure, type Failure } from "../errors.ts";
import { routeWrites } from "./route.ts";
import { meterOutcomes } from "./meter-writes.ts";
import { parseDocument, prepareDocument } from "./validate.ts";

/** A change of a collection takes effect at once, so a second look at the Catalog nearly always suffices. */
const ATTEMPTS_MAX = 4;

export interface WriteServices {
  branches: Pick<BranchApi, "write">;
  /** The collection as the Catalog has it now; null when it is gone. */
  refresh: () => Promise<Collection | null>;
}

export interface Written {
  /** In the order of the operations. */
  outcomes: WriteOutcome[];
  /** The sequence that each shard written to has reached. */
  sequences: Map<number, number>;
  /** The collection as it was written to. */
  collection: Collection;
}

/**
 * Applies operations, in their order for each document, and answers one outcome for each. An operation whose shard
 * can't be had fails with a code that may be retried; a batch is written whole or not at all a shard. What has
 * failed may yet have been written when the answer was lost: the operations are idempotent but for preconditions.
 */
export async function writeOperations(
  services: WriteServices,
  collection: Collection,
  operations: readonly WriteOperation[],
): Promise<Written> {
  const outcomes = new Map<number, WriteOutcome>();
  const sequences = new Map<number, number>();
  let current = collection;
  let remaining = operations.map((operation, index) => ({ operation, index }));

  for (let attempt = 1; remaining.length > 0; attempt++) {
    const { writes, indexes } = routeWrites(
      current,
      remaining.map(({ operation }) => operation),
    );
    const answers = await sendWrites(services.branches, current, writes);
    const stale: typeof remaining = [];
    answers.forEach((answer, at) => {
      const places = indexes[at]?.flatMap((place) => remaining[place] ?? []) ?? [];
      if (answer.ok) {
        sequences.set(answer.shard, answer.sequence);
        places.forEach(({ index }, which) => outcomes.set(index, answer.outcomes[which] ?? lost()));
      } else if (isStale(answer) && attempt < ATTEMPTS_MAX) stale.push(...places);
      else for (const { index } of places) outcomes.set(index, answer);
    });
    remaining = stale.toSorted((a, b) => a.index - b.index);
    if (remaining.length === 0) break;
    const refreshed = await refresh(services);
    if ("ok" in refreshed) {
      for (const { index } of remaining) outcomes.set(index, refreshed);
      break;
    }
    // Sequences of leaves that others have taken the place of say nothing any more: those have what these had.
    if (generationOf(refreshed) !== generationOf(current)) sequences.clear();
    current = refreshed;
    remaining = remaining.filter(({ operation, index }) => {
      const problem = declarationProblem(operation, refreshed);
      if (problem !== undefined) outcomes.set(index, problem);
      return problem === undefined;
    });
  }
  const inOrder = operations.map((_, index) => outcomes.get(index) ?? lost());
  meterOutcomes(current.name, inOrder);
  return { outcomes: inOrder, sequences, collection: current };
}

/** A document that was checked against a declaration that has changed since is checked again. */
function declarationProblem(operation: WriteOperation, { fields }: Collection): Failure | undefined {
  if (operation.kind !== "put") return undefined;
  const parsed = parseDocument(operation.json);
  if (!parsed.ok) return parsed;
  const prepared = prepareDocument(parsed.document, operation.id, fields);
  return prepared.ok ? undefined : prepared;
}

/** Whether the answer means that the caller's idea of the collection is old. */
export function isStale(answer: Failure): boolean {
  return answer.code === "stale-epoch" || answer.code === "unknown-collection";
}

async function sendWrites(
  branches: WriteServices["branches"],
  collection: Collection,
  writes: ShardWrites[],
): Promise<ShardWritesAnswer[]> {
  const groups: ShardWrites[][] = [];
  for (let first = 0; first < writes.length; first += BRANCH_LEAVES_MAX) {
    groups.push(writes.slice(first, first + BRANCH_LEAVES_MAX));
  }
  const ref = refOf(collection);
  const answers = await Promise.all(groups.map((group) => sendGroup(branches, ref, group)));
  return answers.flat();
}

/** A branch that can't be reached fails its own shards, not the others'. */
async function sendGroup(
  branches: WriteServices["branches"],
  ref: CollectionRef,
  group: ShardWrites[],
): Promise<ShardWritesAnswer[]> {
  try {
    return await branches.write(ref, group);
  } catch {
    return group.map(({ shard }) => ({
      shard,
      ...failure("unavailable", "The shard could not be reached."),
    }));
  }
}

/** A Catalog that can't be reached fails what still waits for it; what is written stays told. */
async function refresh(services: WriteServices): Promise<Collection | Failure> {
  try {
    return (await services.refresh()) ?? failure("unknown-collection", "The collection is gone.");
  } catch {
    return failure("unavailable", "The collection's declaration could not be read again.");
  }
}

function lost(): Failure {
  return failure("unavailable", "The shard did not say what became of this.");
}
