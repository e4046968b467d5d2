/** Secrets of webhooks: made where none is given, kept over changes, and shown to nobody but who has them made. */
import type { Sink } from "../core/contracts/pipelines.ts";
import { newWebhookSecret } from "../core/webhook-secret.ts";

/** Sinks with a secret for each webhook: its own, the one that its URL has had, or a new one. `made`: the sinks with a new one. */
export function withSecrets(
  deliver: readonly Sink[],
  before: readonly Sink[],
): { deliver: Sink[]; made: ReadonlySet<number> } {
  const made = new Set<number>();
  const complete = deliver.map((sink, index): Sink => {
    if (!("webhook" in sink) || sink.webhook.secret !== undefined) return sink;
    const { webhook } = sink;
    const had = before.flatMap((each) =>
      "webhook" in each && each.webhook.url === webhook.url ? (each.webhook.secret ?? []) : [],
    )[0];
    if (had === undefined) made.add(index);
    return { webhook: { ...webhook, secret: had ?? newWebhookSecret() } };
  });
  return { deliver: complete, made };
}

/** Sinks as they are answered: without secrets, but for those of `shown`. */
export function withoutSecrets(deliver: readonly Sink[], shown: ReadonlySet<number> = new Set()): Sink[] {
  return deliver.map((sink, index) => {
    if (!("webhook" in sink) || shown.has(index)) return sink;
    const { secret: _secret, ...webhook } = sink.webhook;
    return { webhook };
  });
}
