/**
 * The branch: asks the leaves of up to six shards side by side, and merges what they answer. A leaf that throws or
 * is late is a report, never an exception: one dead leaf must not take its neighbours' answers with it.
 */
import { RpcTarget } from "cloudflare:workers";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type {
  ExportPage,
  ShardStats,
  ShardWrites,
  ShardWritesAnswer,
  StoredDocument,
} from "../../core/contracts/documents.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type {
  BranchAnswer,
  CollectionRef,
  LeafReport,
  MatchPlan,
  SearchPlan,
  StatisticsAnswer,
} from "../../core/contracts/search.ts";
import { failure, type Result } from "../../core/errors.ts";
import { addStatistics, noStatistics } from "../../core/query/bm25.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { shardStats } from "./shard-stats.ts";
import { leafStub, PRIMARY, type LeafApi } from "./leaf-stub.ts";

type Answered<T> = { shard: number; report: LeafReport; answer?: T };

/** A session with a branch: calls on it ride along with the invocation that opened it. */
export class BranchSession extends RpcTarget implements BranchApi {
  private readonly env: DocumentsBindings;

  constructor(env: DocumentsBindings) {
    super();
    this.env = env;
  }

  async write(ref: CollectionRef, writes: ShardWrites[]): Promise<ShardWritesAnswer[]> {
    return Promise.all(
      writes.map(async ({ shard, operations }) => ({
        shard,
        ...(await attempt(() => this.leaf(ref.id, shard).write(ref, operations))),
      })),
    );
  }

  async getDocument(
    ref: CollectionRef,
    shard: number,
    id: string,
  ): Promise<Result<{ document: StoredDocument | null }>> {
    return attempt(() => this.leaf(ref.id, shard).getDocument(ref, id, readOf(ref, shard)));
  }

  async fetchDocuments(
    ref: CollectionRef,
    wanted: { shard: number; ids: string[] }[],
  ): Promise<Result<{ documents: StoredDocument[] }>> {
    const answers = await Promise.all(
      wanted.map(({ shard, ids }) =>
        attempt(() => this.leaf(ref.id, shard).fetchDocuments(ref, ids, readOf(ref, shard))),
      ),
    );
    const failed = answers.find((answer) => !answer.ok);
    if (failed !== undefined) return failed;
    return { ok: true, documents: answers.flatMap((answer) => (answer.ok ? answer.documents : [])) };
  }

  async exportPage(ref: CollectionRef, shard: number, afterId: string): Promise<ExportPage> {
    return attempt(() => this.leaf(ref.id, shard).exportPage(ref, afterId, readOf(ref, shard)));
  }

  async statistics(
    ref: CollectionRef,
    shards: number[],
    plan: MatchPlan,
    deadlineMs: number,
  ): Promise<StatisticsAnswer> {
    const answers = await this.ask(ref, shards, deadlineMs, (leaf, shard) =>
      leaf.statistics(ref, plan, readOf(ref, shard)),
    );
    const statistics = answers
      .flatMap(({ answer }) => (answer === undefined ? [] : [answer.statistics]))
      .reduce(addStatistics, noStatistics(plan.searched.length, plan.clauses.length));
    return { statistics, leaves: answers.map(({ report }) => report) };
  }

  async search(
    ref: CollectionRef,
    shards: number[],
    plan: SearchPlan,
    deadlineMs: number,
  ): Promise<BranchAnswer> {
    const answers = await this.ask(ref, shards, deadlineMs, (leaf, shard) =>
      leaf.search(ref, shard, plan, readOf(ref, shard)),
    );
    const partial = answers
      .flatMap(({ answer }) => (answer === undefined ? [] : [answer.partial]))
      .reduce((merged, next) => mergePartials(merged, next, plan), emptyPartial(plan));
    return { partial, leaves: answers.map(({ report }) => report) };
  }

  async stats(ref: CollectionRef, shards: number[]): Promise<Result<{ shards: ShardStats[] }>> {
    return shardStats(shards, ref.replicas, async (shard, replica) =>
      attempt(() => leafStub(this.env, ref.id, shard, replica).stats(ref)),
    );
  }

  async purge(collectionId: string, shards: number[], replicas: number[]): Promise<void> {
    // One replica after another: six leaves at a time.
    for (const replica of replicas) {
      await Promise.all(shards.map((shard) => leafStub(this.env, collectionId, shard, replica).purge()));
    }
  }

  private leaf(collectionId: string, shard: number): LeafApi {
    return leafStub(this.env, collectionId, shard, PRIMARY);
  }

  /** Asks every leaf at once, each for as long as there is time. */
  private async ask<T extends { documents: number; rowsRead: number }>(
    ref: CollectionRef,
    shards: number[],
    deadlineMs: number,
    call: (leaf: LeafApi, shard: number) => Promise<Result<T>>,
  ): Promise<Answered<T>[]> {
    const start = Date.now();
    return Promise.all(
      shards.map(async (shard) => {
        const answer = await withinDeadline(
          deadlineMs,
          attempt(() => call(this.leaf(ref.id, shard), shard)),
        );
        const times = { startMs: 0, endMs: Date.now() - start };
        const place = { shard, replica: PRIMARY, rowsWritten: 0, ...times };
        if (!answer.ok)
          return {
            shard,
            report: { ...place, failed: answer.code, detail: answer.message, documents: 0, rowsRead: 0 },
          };
        const { documents, rowsRead } = answer;
        return { shard, report: { ...place, documents, rowsRead }, answer };
      }),
    );
  }
}

/** What a read of a shard carries: its part of the bookmark. */
function readOf({ minSequences }: CollectionRef, shard: number): ReadOptions {
  const minSequence = minSequences?.[shard];
  return minSequence === undefined ? {} : { minSequence };
}

/** A call to a leaf, whose failure is data. What it threw is logged here, and goes no further. */
async function attempt<T>(call: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call();
  } catch (error) {
    console.error(JSON.stringify({ event: "leaf-call-failed", error: String(error) }));
    return failure("unavailable", "A shard did not answer.");
  }
}
