import { describe, expect, it } from "vitest";
import { compileEventFilter, evaluateEvent, parseCesql } from "../../../core/cesql/index.ts";

const event = {
  specversion: "1.0",
  id: "1",
  source: "https://example.com/orders",
  type: "com.example.order.created",
  time: "2026-05-01T10:00:00+02:00",
  priority: 3,
  urgent: true,
  data: {
    order: { total: 120.5, currency: "EUR", paid: true, note: null, codes: [] },
    items: [
      { sku: "A-1", tags: ["new"] },
      { sku: "B-2", tags: ["old", ["sale"]] },
    ],
    "odd name": "x",
  },
};

function passes(text: string, input: object = event): boolean {
  const filter = compileEventFilter(text);
  if (!filter.ok) throw new Error(filter.message);
  return filter.matches(input);
}

describe("a filter of events", () => {
  it.each([
    ["type LIKE 'com.example.order.%'", true],
    ["TYPE = 'com.example.order.created'", true],
    ["priority > 2 AND urgent", true],
    ["urgent", true],
    ["NOT urgent", false],
    ["time >= '2026-05-01T08:00:00Z' AND time < '2026-05-02'", true],
    ["time < '2026-05-01T08:00:00Z'", false],
    ["EXISTS time AND NOT EXISTS subject", true],
  ])("sees the attributes: %s is %s", (text, expected) => {
    expect(passes(text)).toBe(expected);
  });

  it.each([
    ["data.order.total > 100 AND data.order.currency IN ('EUR', 'CHF')", true],
    ["data.order.total = 120.5", true],
    ["data.order.paid", true],
    ["data.items.sku = 'B-2'", true],
    ["data.items.sku LIKE 'C%'", false],
    ["data.items.tags = 'sale'", true],
    ["data.`odd name` = 'x'", true],
    ["DATA.order.paid", true],
    ["data.Order.paid", false],
    ["data.order = 'x'", false],
    ["EXISTS data.order AND EXISTS data", true],
    ["EXISTS data.order.note", false],
    ["EXISTS data.order.codes", false],
    ["EXISTS data.order.total.cents", false],
    ["data.order.discount = 0", false],
    ["data.order.discount != 0", true],
    ["NOT (data.order.discount > 0)", true],
    ["EXISTS data.constructor OR EXISTS data.order.toString OR EXISTS data.__proto__", false],
    ["EXISTS data.items.length OR EXISTS data.order.currency.length", false],
  ])("sees paths into the data: %s is %s", (text, expected) => {
    expect(passes(text)).toBe(expected);
  });

  it("passes nothing where an attribute is missing, unless it was asked for first", () => {
    expect(passes("subject = 'a'")).toBe(false);
    expect(passes("subject != 'a'")).toBe(false);
    expect(passes("NOT (subject = 'a')")).toBe(false);
    expect(passes("subject = 'a' OR urgent")).toBe(false);
    expect(passes("urgent OR subject = 'a'")).toBe(true);
    expect(passes("NOT EXISTS subject OR subject = 'a'")).toBe(true);
  });

  it("passes nothing where a cast fails, or the value is no boolean", () => {
    expect(passes("data.order.currency = 5 OR urgent")).toBe(false);
    expect(passes("type")).toBe(false);
    expect(passes("subject", { ...event, subject: "true" })).toBe(false);
  });

  it("sees data that is no object as a single value", () => {
    expect(passes("data = 'ping'", { ...event, data: "ping" })).toBe(true);
    expect(passes("data > 4 AND NOT EXISTS data.x", { ...event, data: 5 })).toBe(true);
    expect(passes("data = 2", { ...event, data: [1, 2] })).toBe(true);
    expect(passes("data.a = 1", { ...event, data: [{ a: 0 }, { a: 1 }] })).toBe(true);
    expect(passes("EXISTS data", { ...event, data: null })).toBe(false);
  });

  it("finds its way through data that nests without end", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 50_000; depth++) deep = [deep];
    expect(passes("data.deep = 'x'", { ...event, data: { deep } })).toBe(true);
  });

  it("does not change the event", () => {
    const before = structuredClone(event);
    passes("data.items.tags = 'sale' AND NOT (data.order.codes = 1)");
    expect(event).toEqual(before);
  });
});

describe("a filter that can't mean anything", () => {
  it.each([
    ["type =", "parse", 6],
    ["urgent AND FOO(type)", "missingFunction", 11],
    ["urgent AND order_id = 5", "unknownName", 11],
    ["order.total > 5", "unknownName", 0],
    ["EXISTS order.total", "unknownName", 7],
    ["priority + 1", "type", 0],
    ["'true'", "type", 0],
    ["LENGTH(type)", "type", 0],
    ["FOO(type)", "missingFunction", 0],
    ["urgent AND NOT type = 'x'", "precedence", 11],
    ["NOT type LIKE 'x%'", "precedence", 0],
    ["NOT type IN ('x')", "precedence", 0],
    ["NOT priority + 1 = 2", "precedence", 0],
    ["priority + 1 IN (4)", "precedence", 0],
    ["urgent OR EXISTS time AND EXISTS subject", "precedence", 0],
    ["urgent OR EXISTS time XOR EXISTS subject", "precedence", 0],
    ["urgent XOR EXISTS time AND EXISTS subject", "precedence", 0],
  ])("is refused: %s (%s at %i)", (text, code, position) => {
    expect(compileEventFilter(text)).toMatchObject({ ok: false, code, position });
  });

  it.each([
    "NOT (type = 'x')",
    "(NOT urgent) = FALSE",
    "NOT urgent AND EXISTS time",
    "urgent AND EXISTS time OR EXISTS subject",
    "urgent AND EXISTS time XOR EXISTS subject OR urgent",
    "(urgent OR EXISTS time) AND EXISTS subject",
    "urgent OR (EXISTS time AND EXISTS subject)",
    "(priority + 1) IN (4)",
    "-priority IN (4)",
    "priority + (priority IN (3)) = 4",
    "urgent = (type LIKE 'x')",
  ])("is not this one, whose meaning is plain: %s", (text) => {
    expect(compileEventFilter(text).ok).toBe(true);
  });

  it("says what to write instead", () => {
    expect(compileEventFilter("order_id = 5")).toMatchObject({
      message:
        "No attribute can be called 'order_id': for the event's data write data.order_id (position 0).",
    });
    expect(compileEventFilter("NOT type = 'x'")).toMatchObject({
      message:
        "NOT applies to the next operand alone, before =: write NOT (x = y), or (NOT x) = y (position 0).",
    });
    expect(compileEventFilter("urgent OR EXISTS time AND urgent")).toMatchObject({
      message:
        "OR and AND are evaluated from the left: write (x OR y) AND z, or x OR (y AND z) (position 0).",
    });
  });
});

describe("evaluating an event", () => {
  it("tells the value, and the error that keeps the event from passing", () => {
    const parsed = parseCesql("priority + 1");
    expect(parsed.ok && evaluateEvent(parsed.expression, event)).toEqual({ value: 4, errors: [] });
    const missing = parseCesql("urgent AND subject = 'a'");
    expect(missing.ok && evaluateEvent(missing.expression, event)).toEqual({
      value: false,
      errors: [
        { code: "missingAttribute", message: "There is no attribute 'subject' (position 11).", position: 11 },
      ],
    });
  });
});
