/** How metrics and the graph name a sink. Of a webhook the host alone: a path may hold what is secret. */
import type { Sink } from "./contracts/pipelines.ts";

/** @example "collection:orders", "topic:late", "webhook:example.com", "email", "reply" */
export function sinkLabel(sink: Sink): string {
  if ("collection" in sink) return `collection:${sink.collection}`;
  if ("topic" in sink) return `topic:${sink.topic}`;
  if ("webhook" in sink) return `webhook:${URL.parse(sink.webhook.url)?.host ?? "invalid"}`;
  return "email" in sink ? "email" : "reply";
}
