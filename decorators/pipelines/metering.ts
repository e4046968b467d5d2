/** Counts what pipelines do: runs of steps, and deliveries. What became of events the journal counts, which knows it for certain. */
import type { Sink } from "../../core/contracts/pipelines.ts";
import { meter } from "../../core/metrics/isolate-meter.ts";
import { sinkLabel } from "../../core/sink-label.ts";
import type { Outcome } from "./outcome.ts";
import type { StepReport } from "./runner.ts";

/** `version`: the pipeline's, since a step's options are part of it; a function that is pinned says its own in `use`. */
export function countStep(pipeline: string, version: number, { use, error, tookMs }: StepReport): void {
  const labels = { pipeline, decorator: use, version };
  meter().count("umbel_step_runs_total", { ...labels, outcome: error === undefined ? "ok" : "failed" });
  meter().observe("umbel_step_duration_seconds", labels, tookMs / 1_000);
}

/** `waiting` is no failure of the sink's: a part of the platform could not be had, or the sink is paused. */
export function countDeliveries(
  pipeline: string,
  sink: Sink,
  outcomes: readonly Outcome[],
  tookMs: number,
): void {
  const labels = { pipeline, sink: sinkLabel(sink) };
  for (const { kind } of outcomes) {
    const outcome = kind === "delivered" || kind === "waiting" ? kind : "failed";
    meter().count("umbel_deliveries_total", { ...labels, outcome });
  }
  meter().observe("umbel_delivery_duration_seconds", labels, tookMs / 1_000);
}
