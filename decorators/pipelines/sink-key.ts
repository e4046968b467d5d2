/** What a sink is known by: what has been delivered there, and how it fares, in every version of its pipeline. */
import type { Sink } from "../../core/contracts/pipelines.ts";
import { hashOf } from "../../core/query/hash.ts";

/** Unique among a pipeline's sinks that differ in where they deliver, and short: a URL may be long, and each retry carries it. */
export function sinkKey(sink: Sink): string {
  if ("collection" in sink) return `collection:${sink.collection}`;
  if ("topic" in sink) return `topic:${sink.topic}`;
  if ("webhook" in sink) return `webhook:${digest(sink.webhook.url)}`;
  if ("email" in sink) return `email:${digest(sink.email.to.join(" "))}`;
  return "reply";
}

/** For people to read. */
export function describeSink(sink: Sink): string {
  if ("webhook" in sink) return `webhook:${sink.webhook.url}`;
  if ("email" in sink) return `email:${sink.email.to.join(",")}`;
  return sinkKey(sink);
}

function digest(text: string): string {
  const { high, low } = hashOf(text);
  return (BigInt(high) * 2n ** 32n + BigInt(low)).toString(36);
}
