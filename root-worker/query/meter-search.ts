/** Counts searches and scatters by how they ended. */
import { errorKind } from "../../core/errors.ts";
import { meter } from "../../core/metrics/isolate-meter.ts";
import { Problem } from "../problem.ts";
import type { SearchAnswer } from "./request.ts";
import type { ScatterAnswer } from "./scatter-request.ts";

type Outcome = "complete" | "partial" | "failed" | "refused";

/** Runs a search and counts it. `startedAt`: when its request came, in epoch ms. */
export async function meteredSearch(
  collection: string,
  startedAt: number,
  search: () => Promise<SearchAnswer>,
): Promise<SearchAnswer> {
  const answer = await counted(collection, "umbel_searches_total", search, () =>
    meter().observe("umbel_search_duration_seconds", { collection }, (Date.now() - startedAt) / 1_000),
  );
  meter().observe("umbel_search_coverage_ratio", { collection }, answer.coverage);
  meter().count("umbel_search_second_waves_total", { collection }, answer.leaves.secondWave);
  return answer;
}

export async function meteredScatter(
  collection: string,
  scatter: () => Promise<ScatterAnswer>,
): Promise<ScatterAnswer> {
  return counted(collection, "umbel_scatters_total", scatter, () => undefined);
}

/** Of collections that there are alone, so that nobody can name series as they like. */
async function counted<T extends { coverage: number }>(
  collection: string,
  metric: "umbel_searches_total" | "umbel_scatters_total",
  work: () => Promise<T>,
  ended: () => void,
): Promise<T> {
  const count = (outcome: Outcome): void => {
    meter().count(metric, { collection, outcome });
    meter().count("umbel_worker_requests_total", { kind: "collection", name: collection });
    ended();
  };
  try {
    const answer = await work();
    count(answer.coverage === 1 ? "complete" : "partial");
    return answer;
  } catch (error) {
    const code = error instanceof Problem ? error.code : "internal";
    if (code !== "unknown-collection") count(errorKind(code).status >= 500 ? "failed" : "refused");
    throw error;
  }
}
