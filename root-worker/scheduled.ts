/** What the root does every minute: looks at the rules, and publishes what has begun to fire or ended. */
import type { CloudEvent } from "../core/cloudevents/index.ts";
import type { AlertNotice } from "../core/contracts/alerts.ts";
import { sendMetricsNow } from "../core/metrics/isolate-meter.ts";
import type { RootEnv } from "./app.ts";

/** Pipelines may listen to it as to any topic; only the platform publishes to it. */
export const ALERTS_TOPIC = "_alerts";

/**
 * 1. Evaluate: the answer has what was not confirmed before, too.
 * 2. Publish: ids stay the same, so that the journal takes each once.
 * 3. Confirm. What fails is done again in a minute.
 */
export async function evaluateAlerts(env: RootEnv): Promise<void> {
  await sendMetricsNow(env.CATALOG);
  const notices = await env.CATALOG.evaluateAlerts();
  if (notices.length === 0) return;
  const answer = await env.JOURNAL.append(ALERTS_TOPIC, notices.map(eventOf));
  if (!answer.ok) {
    console.error(JSON.stringify({ event: "alerts-not-published", code: answer.code }));
    return;
  }
  await env.CATALOG.confirmAlertNotices(notices.map(({ id }) => id));
}

function eventOf({ id, alert }: AlertNotice): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: "/v1/alerts",
    type: `umbel.alert.${alert.state}`,
    subject: alert.rule,
    time: alert.since,
    datacontenttype: "application/json",
    data: { ...alert },
  };
}
