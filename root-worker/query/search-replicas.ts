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
  const division = pace.mayDivide(Date.now())
    ? divisionOf(likelyMs * pace.factor, collection.replicas)
    : undefined;
  if (division !== undefined) return searchInRanges(plan, { ...setting, pace, division, likelyMs });
  const gathered = await searchInWaves(plan, setting);
  learn(pace, plan, gathered);
  return gathered;
}

/** What the leaf held, and how long it took for what was worked out. */
function learn(pace: WorkPace, plan: SearchPlan, { reports }: Gathered): void {
  const first = reports.find(({ wave, failed }) => wave === undefined && failed === undefined);
  if (first === undefined) return;
  pace.documents = first.documents;
  const likelyMs = dividableMs(plan, first.documents);
  if (likelyMs > 0) pace.observeWork(likelyMs, first.endMs - first.startMs);
}
