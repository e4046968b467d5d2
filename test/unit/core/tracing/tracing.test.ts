import { describe, expect, it } from "vitest";
import { headersOf } from "../../../../core/tracing/exporter.ts";
import { otlpBody } from "../../../../core/tracing/otlp.ts";
import { spanAt } from "../../../../core/tracing/span.ts";
import {
  childOf,
  formatTraceparent,
  isRecorded,
  parseTraceparent,
} from "../../../../core/tracing/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("a trace context", () => {
  it("is read and written as Trace Context's own example", () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    const context = parseTraceparent(text);
    expect(context).toEqual({ traceId: TRACE, spanId: SPAN, flags: "01" });
    expect(context && formatTraceparent(context)).toBe(text);
  });

  it.each([
    undefined,
    7,
    "",
    `00-${TRACE}-${SPAN}`,
    `01-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01 `,
  ])("%j is none", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it("has children in its trace, each with an id of its own and its flags", () => {
    const parent = { traceId: TRACE, spanId: SPAN, flags: "00" };
    const [a, b] = [childOf(parent), childOf(parent)];
    expect(a).toEqual({
      traceId: TRACE,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      flags: "00",
    });
    expect(a.spanId).not.toBe(b.spanId);
    expect(isRecorded(a)).toBe(false);
    expect(isRecorded(childOf(undefined))).toBe(true);
  });
});

describe("OTLP", () => {
  it("has ids in hexadecimal, times in nanoseconds as text, and attributes by their types", () => {
    const span = spanAt({ traceId: TRACE, spanId: SPAN, flags: "01" }, "b7ad6b7169203331", {
      name: "leaf call",
      kind: "client",
      startMs: 1_764_038_400_000.25,
      endMs: 1_764_038_400_001,
      attributes: { "umbel.shard": 3, "umbel.share": 0.5, "umbel.call": "hedge", "umbel.late": true },
      error: "unavailable",
    });
    expect(otlpBody([span], "umbel-documents")).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: "service.name", value: { stringValue: "umbel-documents" } },
              { key: "service.namespace", value: { stringValue: "umbel" } },
            ],
          },
          scopeSpans: [
            {
              scope: { name: "umbel" },
              spans: [
                {
                  traceId: TRACE,
                  spanId: SPAN,
                  parentSpanId: "b7ad6b7169203331",
                  name: "leaf call",
                  kind: 3,
                  startTimeUnixNano: "1764038400000250000",
                  endTimeUnixNano: "1764038400001000000",
                  attributes: [
                    { key: "umbel.shard", value: { intValue: "3" } },
                    { key: "umbel.share", value: { doubleValue: 0.5 } },
                    { key: "umbel.call", value: { stringValue: "hedge" } },
                    { key: "umbel.late", value: { boolValue: true } },
                  ],
                  status: { code: 2, message: "unavailable" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("takes headers as OpenTelemetry's variable has them", () => {
    expect(headersOf("Authorization=Bearer%20x, x-team = a%2Cb,broken,=none,bad=%zz")).toEqual({
      authorization: "Bearer x",
      "x-team": "a,b",
      bad: "%zz",
    });
    expect(headersOf("")).toEqual({});
  });
});
