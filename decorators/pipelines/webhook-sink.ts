/** Delivers events to a webhook, a few at a time, as its health lets it; and tells how it fared. */
import { withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type { WebhookSink } from "../../core/contracts/pipelines.ts";
import { WEBHOOK_DELAYS_MS, WEBHOOKS_AT_ONCE } from "./limits.ts";
import type { Outcome } from "./outcome.ts";
import type { SinkHealth, SinkReport } from "./sink-health.ts";
import { sendWebhook, type Sent, type WebhookReach } from "./webhook-send.ts";
import { placeOf, type Parcel } from "./work.ts";

/** How the sinks of one pipeline fare. */
export interface Gate {
  look(sink: string): Promise<SinkHealth>;
  report(sink: string, report: SinkReport): Promise<unknown>;
  startProbe(sink: string): Promise<boolean>;
}

export interface WebhookServices extends WebhookReach {
  gate: (pipeline: string) => Gate;
}

/** An outcome for each parcel, all of which are of one pipeline, in their order. Never rejects. */
export async function deliverToWebhook(
  services: WebhookServices,
  sink: WebhookSink,
  key: string,
  parcels: readonly Parcel[],
): Promise<Outcome[]> {
  const gate = services.gate(parcels[0]?.work.pipeline ?? "");
  try {
    const health = await gate.look(key);
    if (health.state === "disabled") return parcels.map(() => disabled(health));
    return await deliverAsAllowed(services, sink, key, parcels, gate, health);
  } catch (error) {
    console.error(JSON.stringify({ event: "sink-gate-failed", error: String(error) }));
    return parcels.map(() => ({ kind: "waiting", error: "How the webhook fares could not be told." }));
  }
}

/**
 * To an active sink everything is sent. To a paused one, what failed there before, on its own schedule; what someone has
 * replayed; and one more event when a probe is due. The rest waits, and all of it goes once the sink has answered.
 */
async function deliverAsAllowed(
  services: WebhookServices,
  sink: WebhookSink,
  key: string,
  parcels: readonly Parcel[],
  gate: Gate,
  health: SinkHealth,
): Promise<Outcome[]> {
  const outcomes = new Map<Parcel, Outcome>();
  const send = (some: readonly Parcel[]) => sendSome(services, sink, key, some, gate, outcomes);
  const { active = [], held = [] } = Object.groupBy(parcels, ({ work: { handed } }) =>
    health.state === "active" || handed.failures > 0 || handed.first !== undefined ? "active" : "held",
  );
  let works = await send(active);
  const [probe, ...others] = held;
  if (probe !== undefined && (works || (await gate.startProbe(key)))) {
    works = await send([probe]);
    if (works) await send(others);
  }
  return parcels.map((parcel) => outcomes.get(parcel) ?? waiting(health, services.now()));
}

/** Whether any came through. */
async function sendSome(
  services: WebhookServices,
  sink: WebhookSink,
  key: string,
  parcels: readonly Parcel[],
  gate: Gate,
  outcomes: Map<Parcel, Outcome>,
): Promise<boolean> {
  const report: SinkReport = { delivered: 0, failed: 0 };
  const left = parcels.values();
  const worker = async (): Promise<void> => {
    // All workers take from one iterator, so that each parcel is sent once.
    for (const parcel of left) {
      const sent = await sendWebhook(
        sink,
        withoutPlatformAttributes(parcel.event),
        messageIdOf(parcel, key),
        services,
        parcel.trace,
      );
      note(report, sent, parcel, sink);
      outcomes.set(parcel, outcomeOf(sent, sink));
      if (sent.ok && sink.reply === true) parcel.work.upstream = sent.answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(WEBHOOKS_AT_ONCE, parcels.length) }, worker));
  if (report.failed > 0 || report.delivered > 0) await gate.report(key, report);
  return report.delivered > 0;
}

/** The same in every run, and for every sink another: a receiver knows by it what it has already. */
function messageIdOf({ work, part }: Parcel, key: string): string {
  const { sequence, index, pipeline } = placeOf(work, part);
  return `evt:${work.topic}:${pipeline}:${sequence}:${index}:${part}:${key.split(":")[1]}`;
}

function note(report: SinkReport, sent: Sent, { work }: Parcel, sink: WebhookSink): void {
  if (sent.ok) report.delivered += 1;
  // What can't be sent at all says nothing about the receiver.
  else if (sent.final !== true || sent.gone === true) {
    report.failed += 1;
    report.error = sent.error;
    if (sent.gone === true) report.gone = true;
    if (work.handed.failures >= delaysOf(sink).length) report.gaveUp = true;
  }
}

function outcomeOf(sent: Sent, sink: WebhookSink): Outcome {
  if (sent.ok) return { kind: "delivered" };
  if (sent.final === true || sent.gone === true) return { kind: "rejected", error: sent.error };
  return { kind: "failed", error: sent.error, delaysMs: delaysOf(sink) };
}

function delaysOf({ retryDelaysMs }: WebhookSink): readonly number[] {
  return retryDelaysMs ?? WEBHOOK_DELAYS_MS;
}

function disabled({ error }: SinkHealth): Outcome {
  return { kind: "rejected", error: `The webhook is disabled. ${error ?? ""}`.trim() };
}

function waiting({ error, probeAt }: SinkHealth, now: number): Outcome {
  const delayMs = Math.max(0, (probeAt ?? now) - now);
  return { kind: "waiting", error: `The webhook is paused. ${error ?? ""}`.trim(), delayMs };
}
