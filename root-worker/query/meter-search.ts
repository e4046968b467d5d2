/** Counts searches by how they ended. */
import { meter } from "../../core/metrics/isolate-meter.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { errorKind } from "../../core/errors.ts";
import { Problem } from "../problem.ts";
import type { SearchAnswer } from "./request.ts";

/** Runs a search and counts it; of collections that there are alone, so that nobody can name series as they like. */
export async function metered(
  collection: string,
  startedAt: number,
  search: () => Promise<SearchAnswer>,
): Promise<SearchAnswer> {
  const count = (outcome: string): void => {
    meter().count("umbel_searches_total", { collection, outcome });
    meter().count("umbel_worker_requests_total", { kind: "collection", name: collection });
    meter().observe("umbel_search_duration_seconds", { collection }, (Date.now() - startedAt) / 1_000);
  };
  try {
    const answer = await search();
    count(answer.coverage === 1 ? "complete" : "partial");
    meter().observe("umbel_search_coverage_ratio", { collection }, answer.coverage);
    meter().count("umbel_search_second_waves_total", { collection }, answer.leaves.secondWave);
    return answer;
  } catch (error) {
    const code: ErrorCode = error instanceof Problem ? error.code : "internal";
    if (code !== "unknown-collection") count(errorKind(code).status >= 500 ? "failed" : "refused");
    throw error;
  }
}
