/**
 * The branch: asks the leaves of up to six shards side by side, and merges what they answer. How a shard is asked, which of
 * its replicas and how often, is in ask.ts.
 */
import { RpcTarget } from "cloudflare:workers";
import type { BranchRpc, LeafName } from "../../core/contracts/branch.ts";
import type {
  ExportPage,
  ShardStats,
  ShardWrites,
  ShardWritesAnswer,
  StoredDocument,
} from "../../core/contracts/documents.ts";
import type {
  BranchScatterAnswer,
  BranchScatterQuestion,
  LeafScatterAnswer,
  ScatterErrand,
  ScatterPlan,
} from "../../core/contracts/scatter.ts";
import type {
  BranchAnswer,
  CollectionRef,
  FetchAnswer,
  LeafAnswer,
  SearchPartial,
  SearchPlan,
} from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import { failure, type Result } from "../../core/errors.ts";
import { REQUEST_SLOTS } from "../../core/functions/limits.ts";
import { mapReduceOf } from "../../core/map-reduce/map-reduce.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import {
  LeafCalls,
  reportOf,
  reportOfFetch,
  type Asked,
  type Question,
} from "../../core/scatter/leaf-calls.ts";
import { ScatterState } from "../../core/scatter/scatter-state.ts";
import {
  packAnswer,
  unpackAnswer,
  type BranchQuestion,
  type LeafErrand,
  type LeafQuestion,
  type Packed,
} from "../../core/search-wire.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { functionHost } from "./function-host.ts";
import { leafStub, PRIMARY, type LeafApi } from "./leaf-stub.ts";
import { reduceAnswers } from "./reduce-answers.ts";
import { shardStats } from "./shard-stats.ts";

/** What this isolate has learnt of the leaves, for as long as it lives. */
const state = new ScatterState();

/** A session with a branch: calls on it ride along with the invocation that opened it. */
export class BranchSession extends RpcTarget implements BranchRpc {
  private readonly env: DocumentsBindings;
  private readonly leaves: LeafCalls<LeafApi>;

  constructor(env: DocumentsBindings, ctx: Pick<ExecutionContext, "waitUntil">) {
    super();
    this.env = env;
    this.leaves = new LeafCalls<LeafApi>({
      leafOf: ({ id, generation }, shard, replica) => leafStub(env, id, shard, replica, generation),
      state,
      ctx,
    });
  }

  async write(ref: CollectionRef, writes: ShardWrites[]): Promise<ShardWritesAnswer[]> {
    return Promise.all(
      writes.map(async ({ shard, operations }) => ({
        shard,
        ...(await attempt(() =>
          leafStub(this.env, ref.id, shard, PRIMARY, ref.generation).write(ref, operations),
        )),
      })),
    );
  }

  async getDocument(
    ref: CollectionRef,
    shard: number,
    id: string,
    deadlineMs: number,
  ): Promise<Result<{ document: StoredDocument | null }>> {
    return this.askOne(shard, {
      ref,
      operation: "getDocument",
      deadlineMs,
      preferred: PRIMARY,
      call: (call) => call.leaf.getDocument(ref, id, call.read),
    });
  }

  async fetchDocuments(
    ref: CollectionRef,
    wanted: { shard: number; ids: string[] }[],
    deadlineMs: number,
  ): Promise<FetchAnswer> {
    const idsOf = new Map(wanted.map(({ shard, ids }) => [shard, ids]));
    const answers = await this.leaves.ask({
      ref,
      shards: [...idsOf.keys()],
      operation: "fetchDocuments",
      deadlineMs,
      call: (call) => call.leaf.fetchDocuments(ref, idsOf.get(call.shard) ?? [], call.read),
    });
    const documents = answered(answers).flatMap((answer) => answer.documents);
    return { documents, leaves: answers.map(reportOfFetch) };
  }

  async exportPage(
    ref: CollectionRef,
    shard: number,
    afterId: string,
    deadlineMs: number,
  ): Promise<ExportPage> {
    return this.askOne(shard, {
      ref,
      operation: "exportPage",
      deadlineMs,
      preferred: PRIMARY,
      call: (call) => call.leaf.exportPage(ref, afterId, call.read),
    });
  }

  async search(asked: string): Promise<Packed<BranchAnswer>> {
    const { ref, shards, plan, deadlineMs } = JSON.parse(asked) as BranchQuestion; // `BranchSessions`' writing
    const question = JSON.stringify({ ref, plan } satisfies LeafQuestion);
    const answers = await this.leaves.ask({
      ref,
      shards,
      operation: "search",
      deadlineMs,
      call: async ({ leaf, shard, read }) =>
        unpackAnswer(await leaf.search(question, JSON.stringify({ shard, ...read } satisfies LeafErrand))),
    });
    const partial = answered(answers)
      .map((answer) => answer.partial)
      .reduce((merged, next) => mergePartials(merged, next, plan), emptyPartial(plan));
    return packAnswer({ partial, leaves: answers.map(reportOf) }, partial);
  }

  async askLeaf(
    { collectionId, shard, replica }: LeafName,
    question: string,
    errand: string,
  ): Promise<Packed<LeafAnswer>> {
    return leafStub(this.env, collectionId, shard, replica).search(question, errand);
  }

  async cancelLeaf({ collectionId, shard, replica }: LeafName, requestId: string): Promise<void> {
    await leafStub(this.env, collectionId, shard, replica).cancel(requestId);
  }

  async searchMatches(
    ref: CollectionRef,
    matched: MatchedDocuments[],
    plan: SearchPlan,
    deadlineMs: number,
  ): Promise<BranchAnswer> {
    const matchedOf = new Map(matched.map((own) => [own.shard, own]));
    const answers = await this.leaves.ask({
      ref,
      shards: [...matchedOf.keys()],
      operation: "search",
      deadlineMs,
      call: async ({ leaf, shard, read }) => {
        const own = matchedOf.get(shard);
        return own === undefined
          ? failure("internal", "A shard that was asked has no matches.")
          : leaf.searchMatches(ref, plan, own, read);
      },
    });
    const partial = answered(answers)
      .map((answer) => answer.partial)
      .reduce((merged, next) => mergePartials(merged, next, plan), emptyPartial(plan));
    return {
      partial,
      leaves: answers.map((asked) => ({
        ...reportOf(asked),
        bytes: bytesOf(matchedOf.get(asked.shard)) + (asked.result.ok ? hitBytes(asked.result.partial) : 0),
      })),
    };
  }

  async shipTerms(
    ref: CollectionRef,
    shards: number[],
    deadlineMs: number,
  ): Promise<{ shard: number; sequence: number }[]> {
    const answers = await Promise.all(
      shards.map(async (shard) => ({
        shard,
        answer: await withinDeadline(
          deadlineMs,
          attempt(() => leafStub(this.env, ref.id, shard, PRIMARY).shipTerms(ref)),
        ),
      })),
    );
    return answers.flatMap(({ shard, answer }) => (answer.ok ? [{ shard, sequence: answer.sequence }] : []));
  }

  async scatter({ ref, shards, plan, deadlineMs }: BranchScatterQuestion): Promise<BranchScatterAnswer> {
    const { name, version } = plan.function;
    const answers = await this.leaves.ask({
      ref,
      shards,
      operation: `scatter ${name}@${version}`,
      deadlineMs,
      call: async ({ leaf, shard, read }) => leaf.scatter(ref, plan, { shard, ...read }),
      probe: async ({ leaf, read }) => leaf.getDocument(ref, "", read),
    });
    return reduceAnswers(answers, mapReduceOf(functionHost(this.env, REQUEST_SLOTS), plan));
  }

  async scatterLeaf(
    { collectionId, shard, replica }: LeafName,
    ref: CollectionRef,
    plan: ScatterPlan,
    errand: ScatterErrand,
  ): Promise<LeafScatterAnswer> {
    return leafStub(this.env, collectionId, shard, replica).scatter(ref, plan, errand);
  }

  async stats(
    ref: CollectionRef,
    shards: number[],
    deadlineMs: number,
  ): Promise<Result<{ shards: ShardStats[] }>> {
    // Each replica is asked for itself: how it fares is the question.
    return shardStats(shards, ref.replicas, async (shard, replica) =>
      withinDeadline(
        deadlineMs,
        attempt(() => leafStub(this.env, ref.id, shard, replica, ref.generation).stats(ref)),
      ),
    );
  }

  async purge(
    collectionId: string,
    shards: number[],
    replicas: number[],
    generation?: number,
  ): Promise<void> {
    // One replica after another: six leaves at a time.
    for (const replica of replicas) {
      await Promise.all(
        shards.map((shard) => leafStub(this.env, collectionId, shard, replica, generation).purge()),
      );
    }
  }

  private async askOne<T>(shard: number, question: Omit<Question<T, LeafApi>, "shards">): Promise<Result<T>> {
    const [asked] = await this.leaves.ask({ ...question, shards: [shard] });
    return asked?.result ?? failure("unavailable", "A shard did not answer.");
  }
}

function hitBytes({ hits }: SearchPartial): number {
  return hits.reduce(
    (sum, { document = "", ...hit }) => sum + document.length + JSON.stringify(hit).length,
    0,
  );
}

function bytesOf(matched: MatchedDocuments | undefined): number {
  return matched === undefined ? 0 : matched.versions.length + matched.scores.byteLength;
}

/** The answers of the shards that gave one. */
function answered<T>(asked: readonly Asked<T>[]): ({ ok: true } & T)[] {
  return asked.flatMap(({ result }) => (result.ok ? [result] : []));
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
