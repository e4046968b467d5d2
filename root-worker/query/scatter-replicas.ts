/**
 * A scatter at leaves that all have everything: its documents are divided into ranges of slots, each of which goes to whichever leaf is
 * free, and whose partial results the root reduces; or where it is little work, one leaf does it all.
 *
 * What a document costs is the function's matter. It is learnt for each version and filter from what their scatters have taken; before the
 * first, the leaves get two ranges each, so that neither a large collection waits for one leaf, nor a small one pays for many calls.
 */
import { refOf } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { BranchScatterAnswer, LeafScatterAnswer, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { LeafReport } from "../../core/contracts/search.ts";
import type { FunctionFailure } from "../../core/functions/answers.ts";
import { isFunctionFault } from "../../core/map-reduce/function-fault.ts";
import type { WorkPace, WorkPaces } from "../../core/scatter/work-pace.ts";
import { SLOT_COUNT } from "../../core/slots.ts";
import { gatherLeaves, type GatheredLeaves } from "./gather.ts";
import {
  callRanges,
  rangeReports,
  SHARD,
  type RangeCallsSetting,
  type WorkOverRanges,
} from "./range-calls.ts";
import type { Deadline } from "./scatter.ts";
import { functionDivisionOf, functionMs, msASlotOf } from "./work-estimate.ts";

/** Branches' answers, and how their leaves fared. */
export interface Scattered {
  answers: BranchScatterAnswer[];
  gathered: GatheredLeaves;
}

export interface ReplicasScatterSetting extends Omit<RangeCallsSetting, "branches" | "division" | "pace"> {
  branches: Pick<BranchApi, "scatterLeaf" | "cancelLeaf">;
  paces: WorkPaces;
  /** What the leaves have. */
  deadline: Deadline;
  /** Asks one leaf for all, whichever is the most responsive. */
  askOne: () => Promise<BranchScatterAnswer[]>;
}

type Answered = Extract<LeafScatterAnswer, { ok: true }> & { replica: number };

export async function scatterReplicas(
  plan: ScatterPlan,
  setting: ReplicasScatterSetting,
): Promise<Scattered> {
  const { collection, paces } = setting;
  const pace = paces.of(collection.id);
  const own = paces.of(kindOf(collection.id, plan));
  const workMs = own.documents === undefined ? undefined : functionMs(own.documents) * own.factor;
  const division = own.mayDivide(Date.now()) ? functionDivisionOf(workMs, collection.replicas) : undefined;
  if (division === undefined) {
    const answers = await setting.askOne();
    learnOfOne(own, answers);
    return { answers, gathered: gatherLeaves(answers) };
  }
  return scatterRanges(plan, { ...setting, pace, division }, (work) => learn(own, workMs, work));
}

/** Versions, and filters, take different times for the same documents. */
function kindOf(collectionId: string, { function: { name, version }, filter = "" }: ScatterPlan): string {
  return `${collectionId} ${name}@${version} ${filter}`;
}

/** Runs the function over ranges. */
export async function scatterRanges(
  plan: ScatterPlan,
  setting: RangeCallsSetting & Pick<ReplicasScatterSetting, "branches" | "deadline">,
  learnFrom: (work: WorkOverRanges<Answered>) => void = () => {},
): Promise<Scattered> {
  const { branches, collection, deadline } = setting;
  const ref = refOf(collection);
  const calls = new Map<number, number>();
  let fault: FunctionFailure | undefined;
  const work = await callRanges<Answered>(setting, deadline, {
    ask: async (leaf, errand) => {
      const answer = await branches.scatterLeaf(leaf, ref, plan, errand);
      const { replica } = leaf;
      // Also of what is not needed in the end: it was run.
      if (answer.ok) calls.set(replica, (calls.get(replica) ?? 0) + answer.functionCalls);
      else if (isFunctionFault(answer.code)) fault ??= answer;
      return answer.ok ? { ...answer, replica } : answer;
    },
  });
  learnFrom(work);
  const leaves = rangeReports(work).map((report) => withFunction(report, work.answers, calls));
  return {
    answers: [
      { functionCalls: 0, leaves, ...(fault === undefined ? {} : { fault }) },
      ...work.answers.flatMap(({ partial }) =>
        partial === undefined ? [] : [{ partial, functionCalls: 0, leaves: [] }],
      ),
    ],
    gathered: gathered(work, leaves),
  };
}

function withFunction(
  report: LeafReport,
  answers: readonly Answered[],
  calls: ReadonlyMap<number, number>,
): LeafReport {
  const own = answers.filter(({ replica }) => replica === report.replica);
  return {
    ...report,
    rowsRead: own.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    mapped: own.reduce((sum, { mapped }) => sum + mapped, 0),
    functionCalls: calls.get(report.replica) ?? 0,
  };
}

function gathered({ failed, slots }: WorkOverRanges<Answered>, reports: LeafReport[]): GatheredLeaves {
  return {
    reports,
    answered: new Set(slots > 0 ? [SHARD] : []),
    failed: failed === undefined ? [] : [{ shard: SHARD, code: failed.code, detail: failed.message }],
    share: slots / SLOT_COUNT,
  };
}

/** One leaf has done it all. */
function learnOfOne(own: WorkPace, answers: readonly BranchScatterAnswer[]): void {
  const [first] = answers.flatMap(({ leaves }) => leaves);
  if (first === undefined || first.failed !== undefined) return;
  own.documents = first.documents;
  own.observeWork(functionMs(first.documents), first.endMs - first.startMs);
}

/** `workMs`: what one leaf was expected to take; undefined: nothing was known. */
function learn(
  own: WorkPace,
  workMs: number | undefined,
  { answers, calls, failed, startedAt }: WorkOverRanges<Answered>,
): void {
  const [first] = answers;
  if (first === undefined || failed !== undefined) return;
  own.documents = first.documents;
  const endedAt = Math.max(...calls.map((call) => call.endedAt));
  const wasWorthIt = workMs === undefined || own.observeDivided(workMs, endedAt - startedAt, endedAt);
  if (wasWorthIt) own.observeWork(functionMs(first.documents), SLOT_COUNT * msASlotOf(calls));
}
