/** One request of a webhook, by Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md). */
import { Webhook } from "standardwebhooks";
import { encodeStructured } from "../../core/cloudevents/index.ts";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { WebhookSink } from "../../core/contracts/pipelines.ts";
import type { UpstreamAnswer } from "../../core/contracts/pipeline-runs.ts";
import { formatTraceparent, type TraceContext } from "../../core/tracing/trace-context.ts";
import { webhookUrlProblem } from "../../core/webhook-url.ts";
import { UPSTREAM_BYTES_MAX, WEBHOOK_TIMEOUT_MS } from "./limits.ts";

export interface WebhookReach {
  fetch: typeof fetch;
  now: () => number;
  allowPrivate: boolean;
}

export type Sent =
  | { ok: true; answer: UpstreamAnswer }
  /** `final`: it can't be sent at all. `gone`: the receiver wants nothing more. */
  | { ok: false; error: string; final?: true; gone?: true };

/**
 * Sends an event: in structured mode, signed, under an id that stays the same however often it is sent. Success is an answer
 * of 2xx within the time; `trace` is the receiver's parent. No redirect is followed. The answer's body is read to its limit, and only where it is wanted.
 */
export async function sendWebhook(
  { url, secret, timeoutMs = WEBHOOK_TIMEOUT_MS, reply }: WebhookSink,
  event: CloudEvent,
  messageId: string,
  reach: WebhookReach,
  trace?: TraceContext,
): Promise<Sent> {
  const problem = webhookUrlProblem(url, reach.allowPrivate);
  if (problem !== undefined) return { ok: false, error: `The webhook's URL ${problem}.`, final: true };
  const { headers, body } = encodeStructured(event);
  const sentAt = new Date(reach.now());
  headers.set("user-agent", "Umbel-Webhooks/1");
  headers.set("webhook-id", messageId);
  if (trace !== undefined) headers.set("traceparent", formatTraceparent(trace));
  headers.set("webhook-timestamp", String(Math.floor(sentAt.getTime() / 1000)));
  if (secret !== undefined) {
    const text = new TextDecoder().decode(body);
    headers.set("webhook-signature", new Webhook(secret).sign(messageId, sentAt, text));
  }
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await reach.fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    return await readAnswer(response, reply === true);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return {
      ok: false,
      error: isLate
        ? `The webhook did not answer within ${timeoutMs} ms.`
        : "The webhook could not be reached.",
    };
  }
}

async function readAnswer(response: Response, wanted: boolean): Promise<Sent> {
  const { status } = response;
  if (!response.ok) {
    await discard(response);
    if (status === 410)
      return { ok: false, error: "The webhook answered 410: it is gone for good.", gone: true };
    const why = status >= 300 && status < 400 ? "; redirects are not followed" : "";
    return { ok: false, error: `The webhook answered ${status}${why}.` };
  }
  if (!wanted) {
    await discard(response);
    return { ok: true, answer: { status, body: new Uint8Array() } };
  }
  const body = await readWithin(response, UPSTREAM_BYTES_MAX);
  if (body === undefined)
    return {
      ok: false,
      error: `The webhook answered with more than ${UPSTREAM_BYTES_MAX} bytes.`,
      final: true,
    };
  const contentType = response.headers.get("content-type");
  return { ok: true, answer: { status, body, ...(contentType === null ? {} : { contentType }) } };
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

/** Undefined: there is more. */
async function readWithin(response: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array();
  // A response's body is a stream of bytes, which the runtime's types leave open.
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
