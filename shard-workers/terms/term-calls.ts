/** Calls to term leaves, from a session or from a leaf that ranks; with a report for each, and the bytes that it moved. */
import type { CollectionRef, LeafReport } from "../../core/contracts/search.ts";
import type { TermQuestion } from "../../core/contracts/terms.ts";
import { failure, type Result } from "../../core/errors.ts";
import { LeafCalls, reportOf, type LeafCall } from "../../core/scatter/leaf-calls.ts";
import { ScatterState, type LeafOperation } from "../../core/scatter/scatter-state.ts";
import type { ShipAnswer } from "./gather-lists.ts";
import { termLeafStub, type TermLeafApi, type WeighAnswer, type WeighQuestion } from "./leaf-stub.ts";
import type { HomeAnswer, HomeQuestion, TermLeaves } from "./search-terms.ts";
import type { ShipRequest } from "./ship.ts";

/** What this isolate has learnt of the leaves, for as long as it lives. */
const state = new ScatterState();

/** What a leaf is asked to ship. */
export interface ShipQuestion {
  ref: CollectionRef;
  request: ShipRequest;
}

interface Moved {
  bytes: number;
}

export class TermCalls implements TermLeaves {
  readonly reports: LeafReport[] = [];
  private readonly calls: LeafCalls<TermLeafApi>;
  private readonly ref: CollectionRef;
  private readonly endsAt: number;

  constructor(
    env: TermsBindings,
    ctx: Pick<ExecutionContext, "waitUntil">,
    ref: CollectionRef,
    deadlineMs: number,
  ) {
    this.calls = new LeafCalls({
      leafOf: ({ id }, leaf) => termLeafStub(env, id, leaf),
      state,
      ctx,
      alone: true,
    });
    // A term leaf has no copies.
    this.ref = { ...ref, replicas: 1 };
    this.endsAt = Date.now() + deadlineMs;
  }

  async weigh(leaf: number, { ref, ownership, plan }: TermQuestion): Promise<WeighAnswer> {
    const { clauses, searched } = plan;
    const question = JSON.stringify({
      ref,
      leaf,
      ownership,
      plan: { clauses, searched },
    } satisfies WeighQuestion);
    return this.ask(leaf, "weighTerms", async (call) => {
      const answer = await call.leaf.weigh(question, call.read);
      return counted(answer, question.length + (answer.ok ? JSON.stringify(answer.postings).length : 0));
    });
  }

  async ship(leaf: number, request: ShipRequest, candidates: Uint8Array[] | undefined): Promise<ShipAnswer> {
    const question = JSON.stringify({ ref: this.ref, request } satisfies ShipQuestion);
    const sent = (candidates ?? []).reduce((sum, { length }) => sum + length, question.length);
    return this.ask(leaf, "shipTerms", async (call) => {
      const answer = await call.leaf.ship(question, candidates, call.read);
      return counted(answer, sent + (answer.ok ? answer.lists.length : 0));
    });
  }

  async rank(asked: HomeQuestion): Promise<HomeAnswer> {
    const question = JSON.stringify(asked);
    const answer = await this.ask(asked.home, "rankTerms", async (call) => {
      const ranked: HomeAnswer = await call.leaf.rank(question, call.read);
      return counted(ranked, question.length + (ranked.ok ? answerBytes(ranked) : 0));
    });
    if (answer.ok) this.reports.push(...answer.reports);
    return answer;
  }

  private async ask<T extends object>(
    leaf: number,
    operation: LeafOperation,
    call: (call: LeafCall<TermLeafApi>) => Promise<Result<T & Moved>>,
  ): Promise<Result<T>> {
    const deadlineMs = Math.max(1, this.endsAt - Date.now());
    const [asked] = await this.calls.ask({ ref: this.ref, shards: [leaf], operation, deadlineMs, call });
    if (asked === undefined) return failure("unavailable", "A term leaf did not answer.");
    const { result } = asked;
    const figures = { documents: documentsOf(result), rowsRead: 0 };
    const report = reportOf({ ...asked, result: result.ok ? { ok: true as const, ...figures } : result });
    this.reports.push({ ...report, part: "terms", ...(result.ok && { bytes: result.bytes }) });
    return result;
  }
}

function counted<T>(answer: Result<T>, bytes: number): Result<T & Moved> {
  return answer.ok ? { ...answer, bytes } : answer;
}

function documentsOf(result: Result<object>): number {
  return result.ok && "documents" in result && typeof result.documents === "number" ? result.documents : 0;
}

function answerBytes({ hits, matches }: Extract<HomeAnswer, { ok: true }>): number {
  const shipped = matches.reduce((sum, { versions, scores }) => sum + versions.length + scores.byteLength, 0);
  return JSON.stringify(hits).length + shipped;
}
