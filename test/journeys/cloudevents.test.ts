/** The CloudEvents SDK as a client, and clients that get it wrong, over real HTTP. */
import { request } from "node:http";
import { CloudEvent as SdkEvent, HTTP, type Message } from "cloudevents";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { encodeBatch } from "../../core/cloudevents/index.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { MALFORMED } from "../unit/cloudevents/malformed-requests.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05 });
  const { status } = await platform.json("PUT", "/v1/pipelines/kept", {
    topic: "sdk",
    deliver: [{ reply: true }],
    keep: true,
  });
  expect(status).toBe(201);
});

/** The event as the platform keeps it. */
async function kept(id: string): Promise<unknown> {
  return vi.waitFor(
    async () => {
      const { body } = await platform.json<{ hits?: { document: { event: unknown } }[] }>(
        "POST",
        "/v1/collections/_events/search",
        { filter: `eventId = '${id}'` },
      );
      const [hit] = body.hits ?? [];
      if (hit === undefined) throw new Error(`${id} has not come`);
      return hit.document.event;
    },
    { timeout: 50_000, interval: 50 },
  );
}

async function send(message: Message): Promise<number> {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  const { body } = message;
  if (typeof body !== "string" && !(body instanceof Uint8Array)) throw new Error("a body that can't be sent");
  const response = await platform.fetch("/v1/topics/sdk/events", {
    method: "POST",
    headers,
    // A copy, whose type is that of a body.
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return response.status;
}

const attributes = {
  source: "https://example.com/shops/7?x=1",
  type: "com.example.order.placed",
  subject: "orders/7",
  time: "2026-01-31T09:30:00.123Z",
  dataschema: "https://example.com/schemas/order.json",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};
const data = {
  id: 7,
  text: "ünïcödé \u0000 \u{1f3ee}",
  list: [1, 2.5, null, true, { a: [] }],
  nested: { b: "" },
};

describe("what the CloudEvents SDK sends arrives with every attribute and byte as sent", () => {
  it("in structured mode", async () => {
    const event = new SdkEvent({
      ...attributes,
      id: "structured",
      datacontenttype: "application/json",
      attempt: 3,
      data,
    });
    expect(await send(HTTP.structured(event))).toBe(202);

    expect(await kept("structured")).toEqual({
      specversion: "1.0",
      id: "structured",
      ...attributes,
      datacontenttype: "application/json",
      attempt: 3,
      data,
    });
  });

  it("in binary mode, with JSON and with bytes", async () => {
    const json = new SdkEvent({ ...attributes, id: "binary", datacontenttype: "application/json", data });
    expect(await send(HTTP.binary(json))).toBe(202);
    expect(await kept("binary")).toEqual({
      specversion: "1.0",
      id: "binary",
      ...attributes,
      // The SDK adds the charset.
      datacontenttype: expect.stringMatching(/^application\/json/),
      data,
    });

    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const image = new SdkEvent({ ...attributes, id: "bytes", datacontenttype: "image/png", data: bytes });
    expect(await send(HTTP.binary(image))).toBe(202);
    expect(await kept("bytes")).toMatchObject({
      datacontenttype: "image/png",
      data_base64: Buffer.from(bytes).toString("base64"),
    });
  });

  it("in a batch", async () => {
    const events = ["batch-1", "batch-2"].map((id) => ({
      specversion: "1.0" as const,
      id,
      ...attributes,
      data,
    }));
    const batch = encodeBatch(events);
    const response = await platform.fetch("/v1/topics/sdk/events", {
      method: "POST",
      headers: batch.headers,
      // A copy, whose type is that of a body.
      body: new Uint8Array(batch.body),
    });
    expect(response.status).toBe(202);
    expect([await kept("batch-1"), await kept("batch-2")]).toEqual(events);
  });
});

/** Sends what `fetch` would refuse or complete. Headers are bytes, so that letters beyond ASCII go as Latin-1. */
async function sendRaw(
  headers: Record<string, string>,
  body: string | Uint8Array,
): Promise<{ status: number; type: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${platform.url}/v1/topics/malformed/events`,
      { method: "POST", headers: { ...headers, authorization: `Bearer ${platform.key}` } },
      (response) => {
        response.resume();
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "" }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("a request that brings no event is refused", () => {
  it(`with a 4xx problem, in ${MALFORMED.length} ways, and nothing of it is taken`, async () => {
    expect(MALFORMED.length).toBeGreaterThanOrEqual(40);
    const wrong: string[] = [];
    for (const [title, headers, body] of MALFORMED) {
      // An HTTP client can't send a header without a name.
      const sendable = Object.fromEntries(Object.entries(headers).filter(([name]) => /^[\w-]+$/.test(name)));
      const { status, type } = await sendRaw(sendable, body);
      if (status < 400 || status > 499) wrong.push(`${title}: ${status}`);
      else if (type !== "application/problem+json" && status !== 400) wrong.push(`${title}: ${type}`);
    }
    expect(wrong).toEqual([]);
    const { body } = await platform.json("GET", "/v1/topics/malformed");
    expect(body).toMatchObject({ events: { accepted: 0 } });
  });

  it("also where it is too large, or one too many", async () => {
    const headers = { "content-type": "application/json" };
    const post = async (body: string) =>
      (await platform.fetch("/v1/topics/malformed/events", { method: "POST", headers, body })).status;

    expect(await post(JSON.stringify({ text: "x".repeat(97 * 1024) }))).toBe(413);
    expect(await post(JSON.stringify(Array.from({ length: 1_001 }, () => ({}))))).toBe(413);
    expect(await post(JSON.stringify({ text: "x".repeat(11 * 1024 * 1024) }))).toBe(413);
  });
});
