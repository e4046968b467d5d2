/** Requests as the tests write them. */
import {
  decodeRequest,
  type CloudEvent,
  type Decoded,
  type WrapDefaults,
} from "../../../core/cloudevents/index.ts";

const encoder = new TextEncoder();

/** What a request to the topic `orders` gives to plain JSON; ids count up from `id-1`. */
export function orderDefaults(): WrapDefaults {
  let made = 0;
  return {
    source: "/v1/topics/orders",
    type: "orders",
    newId: () => `id-${++made}`,
    now: () => Date.UTC(2026, 0, 31, 9, 30),
  };
}

export function decode(headers: Record<string, string>, body: string | Uint8Array = ""): Decoded {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  return decodeRequest(new Headers(headers), bytes, orderDefaults());
}

/** The four attributes that every event has, as headers. */
export const requiredHeaders = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/shop",
  "ce-type": "order.placed",
};

export const requiredAttributes = {
  specversion: "1.0",
  id: "1",
  source: "/shop",
  type: "order.placed",
} as const;

export function decodeBinary(headers: Record<string, string>, body?: string | Uint8Array): Decoded {
  return decode({ ...requiredHeaders, ...headers }, body);
}

export function decodeStructured(event: object): Decoded {
  return decode({ "content-type": "application/cloudevents+json" }, JSON.stringify(event));
}

export function decodeBatch(events: unknown): Decoded {
  return decode({ "content-type": "application/cloudevents-batch+json" }, JSON.stringify(events));
}

export function decodePlain(body: unknown): Decoded {
  return decode({ "content-type": "application/json" }, JSON.stringify(body));
}

/** The only event of a request that must be taken. */
export function onlyEvent(decoded: Decoded): CloudEvent {
  if (!decoded.ok) throw new Error(decoded.message);
  const [event, ...others] = decoded.events;
  if (event === undefined || others.length > 0) throw new Error("not one event");
  return event;
}
