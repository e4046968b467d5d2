/** A branch's part of a scatter: what its leaves answer becomes one partial result. */
import type { BranchScatterAnswer, LeafScatterAnswer } from "../../core/contracts/scatter.ts";
import type { LeafReport } from "../../core/contracts/search.ts";
import type { Failure } from "../../core/errors.ts";
import { isFunctionFault } from "../../core/map-reduce/function-fault.ts";
import { Partials, type MapReduce } from "../../core/map-reduce/partials.ts";
import { reportOf, type Asked } from "./ask.ts";

type Answered = Extract<LeafScatterAnswer, { ok: true }>;

/** Reduces the answers of the leaves that gave one. Never rejects. */
export async function reduceAnswers(
  answers: readonly Asked<Answered>[],
  run: Pick<MapReduce, "reduce">,
): Promise<BranchScatterAnswer> {
  const leaves = answers.map(reportOf);
  const fault = answers
    .flatMap(({ result }) => (result.ok ? [] : [result]))
    .find(({ code }) => isFunctionFault(code));
  if (fault !== undefined) return { functionCalls: 0, fault, leaves };
  const partials = new Partials(run);
  const reduced = await reduceAll(answers, partials);
  const functionCalls = partials.calls;
  if (reduced.ok) {
    const { partial } = reduced;
    return { ...(partial === undefined ? {} : { partial }), functionCalls, leaves };
  }
  if (isFunctionFault(reduced.code)) return { functionCalls, fault: reduced, leaves };
  return { functionCalls, leaves: leaves.map((report) => lost(report, reduced)) };
}

async function reduceAll(
  answers: readonly Asked<Answered>[],
  partials: Partials,
): ReturnType<Partials["one"]> {
  for (const { result } of answers) {
    if (!result.ok || result.partial === undefined) continue;
    const failed = await partials.add(result.partial);
    if (failed !== undefined) return failed;
  }
  return partials.one();
}

/** A leaf has answered in vain: what it answered could not be reduced here. */
function lost(report: LeafReport, { code, message }: Failure): LeafReport {
  return report.failed === undefined ? { ...report, failed: code, detail: message } : report;
}
