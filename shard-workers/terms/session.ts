/** A session with the terms Worker: calls on it ride along with the invocation that opened it. */
import { RpcTarget } from "cloudflare:workers";
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import type { TermLeafStats, TermQuestion, TermsApi, TermSearchAnswer } from "../../core/contracts/terms.ts";
import { failure } from "../../core/errors.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { termLeafStub } from "./leaf-stub.ts";
import { searchTerms } from "./search-terms.ts";
import { TermCalls } from "./term-calls.ts";

export class TermSession extends RpcTarget implements TermsApi {
  private readonly env: TermsBindings;
  private readonly ctx: Pick<ExecutionContext, "waitUntil">;

  constructor(env: TermsBindings, ctx: Pick<ExecutionContext, "waitUntil">) {
    super();
    this.env = env;
    this.ctx = ctx;
  }

  async search(question: TermQuestion, deadlineMs: number): Promise<TermSearchAnswer> {
    const calls = new TermCalls(this.env, this.ctx, question.ref, deadlineMs);
    const { answer, failed } = await searchTerms(question, calls);
    if (!answer.ok) return { answer, failed, leaves: calls.reports };
    const { failed: _, reports: _ofHome, ...found } = answer;
    return { answer: { ...found, ok: true }, failed, leaves: calls.reports };
  }

  async stats(ref: CollectionRef, leaves: number, deadlineMs: number): Promise<TermLeafStats[]> {
    const stats: TermLeafStats[] = [];
    for (let first = 0; first < leaves; first += BRANCH_LEAVES_MAX) {
      const group = Array.from(
        { length: Math.min(BRANCH_LEAVES_MAX, leaves - first) },
        (_, at) => first + at,
      );
      stats.push(...(await Promise.all(group.map(async (leaf) => this.statsOf(ref, leaf, deadlineMs)))));
    }
    return stats;
  }

  private async statsOf(ref: CollectionRef, leaf: number, deadlineMs: number): Promise<TermLeafStats> {
    const asked = termLeafStub(this.env, ref.id, leaf)
      .stats(ref)
      .catch(() => failure("unavailable", "A term leaf did not answer."));
    const answer = await withinDeadline(deadlineMs, asked);
    return answer.ok
      ? { leaf, bytes: answer.bytes, sequences: answer.sequences }
      : { leaf, bytes: 0, sequences: [] };
  }
}
