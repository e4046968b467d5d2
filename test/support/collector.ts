/** A collector of spans on this machine: OTLP over HTTP in JSON, as spans of all requests together. */
import { startReceiver, type Receiver } from "./receiver.ts";

export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** Of `SpanKind` in opentelemetry-proto: 2 a server's, 3 a client's, 4 a producer's, 5 a consumer's. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, string | number | boolean>;
  status?: { code: number; message: string };
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly receiver: Receiver;
  /** Those of a trace that have come so far. */
  spansOf(traceId: string): CollectedSpan[];
}

export async function startCollector(): Promise<Collector> {
  const receiver = await startReceiver(() => ({ status: 200, body: "{}" }));
  return {
    // The receiver listens at every path; what is sent has the path that OTLP gives it.
    endpoint: new URL(receiver.url).origin,
    receiver,
    spansOf: (traceId) =>
      receiver.received.flatMap(({ body }) => spansIn(body)).filter((span) => span.traceId === traceId),
  };
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<CollectedSpan, "attributes" | "service"> & { attributes: Attribute[] })[] }[];
  }[];
}

function spansIn(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as Export;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)["service.name"]);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, ...span }) => ({ ...span, service, attributes: valuesOf(attributes) })),
    );
  });
}

function valuesOf(attributes: readonly Attribute[]): CollectedSpan["attributes"] {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ??
        (intValue === undefined ? undefined : Number(intValue)) ??
        doubleValue ??
        boolValue ??
        "",
    ]),
  );
}
