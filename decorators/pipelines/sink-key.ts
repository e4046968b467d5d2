/** What a sink is known by: what has been delivered there, and how it fares, in every version of its pipeline. */
import type { Sink } from "../../core/contracts/pipelines.ts";

/** Unique among a pipeline's sinks that differ in where they deliver. */
export function sinkKey(sink: Sink): string {
  if ("topic" in sink) return `topic:${sink.topic}`;
  return `collection:${sink.collection}`;
}
