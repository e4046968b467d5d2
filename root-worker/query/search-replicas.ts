/**
 * A search of leaves that all have everything: by one of them, whichever is the most responsive, or where it is enough work by as many as are
 * worth it (work-estimate.ts).
 */
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { SearchPlan } from "../../core/contracts/search.ts";
import type { WorkPace, WorkPaces } from "../../core/scatter/work-pace.ts";
import type { Gathered } from "./gather.ts";
import { searchInRanges, type RangeSetting } from "./search-ranges.ts";
import { searchInWaves, type WaveSetting } from "./search-waves.ts";
import { dividableMs, divisionOf } from "./work-estimate.ts";

export interface ReplicasSetting extends Omit<WaveSetting, "branches">, Pick<RangeSetting, "waitUntil"> {
  branches: Pick<BranchApi, "search" | "askLeaf" | "cancelLeaf">;
  paces: WorkPaces;
}

export async function searchReplicas(plan: SearchPlan, setting: ReplicasSetting): Promise<Gathered> {
  const { collection, paces } = setting;
  const pace = paces.of(collection.id);
  const likelyMs = dividableMs(plan, pace.documents ?? 0);
  const division = divisionOf(likelyMs * pace.factor, collection.replicas);
  const gathered =
    division === undefined
      ? await searchInWaves(plan, setting)
      : await searchInRanges(plan, { ...setting, pace, division });
  learn(pace, plan, gathered);
  return gathered;
}

/** What the leaves held, and how long they took together for what was worked out. */
function learn(pace: WorkPace, plan: SearchPlan, { reports, share = 1 }: Gathered): void {
  const own = reports.filter(({ wave }) => wave === undefined);
  const answered = own.flatMap(({ attempts }) => attempts.filter(({ state }) => state === "answered"));
  const first = own.find(({ failed }) => failed === undefined);
  if (first === undefined || answered.length === 0) return;
  pace.documents = first.documents;
  const likelyMs = dividableMs(plan, first.documents) * share;
  const tookMs = answered.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (likelyMs > 0) pace.observeWork(likelyMs, tookMs);
}
