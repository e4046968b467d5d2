import { describe, expect, it } from "vitest";
import { validateEvent, type CloudEvent } from "../../../core/cloudevents/index.ts";
import { originOf, type Origin } from "../../../core/cloudevents/origin.ts";
import {
  confidential,
  isConfidential,
  routeOf,
  takeOrigin,
  withoutData,
  withoutPlatformAttributes,
  withOrigin,
  withRoute,
} from "../../../core/cloudevents/platform-attributes.ts";

const event: CloudEvent = {
  specversion: "1.0",
  id: "1",
  source: "/s",
  type: "t",
  traceid: "a",
  data: { n: 1 },
};

function requestFrom(headers: Record<string, string>, cf?: object) {
  return { headers: new Headers(headers), cf };
}

describe("an event's origin", () => {
  it("is what the root sees of the request, under Cloudflare's names", () => {
    const headers = { "CF-Connecting-IP": "2001:db8::1", "User-Agent": "curl/8" };
    const cf = { country: "DE", city: "Köln", asn: 3320, latitude: "50.9", colo: "CGN", tlsVersion: "1.3" };

    expect(originOf(requestFrom(headers, cf))).toEqual({
      ip: "2001:db8::1",
      userAgent: "curl/8",
      country: "DE",
      city: "Köln",
      asn: 3320,
      latitude: "50.9",
      colo: "CGN",
    });
  });

  it("is empty where nothing is known", () => {
    expect(originOf(requestFrom({}))).toEqual({});
    expect(originOf(requestFrom({}, { country: null, asn: "x", city: "" }))).toEqual({});
  });

  it("is bounded, whatever the client writes", () => {
    const origin = originOf(requestFrom({ "User-Agent": "x".repeat(10_000) }));

    expect(origin.userAgent).toHaveLength(512);
  });

  it.each<[string, Origin]>([
    ["nothing", {}],
    ["names in any script", { city: "東京 \u{1f600}", region: "Île\u0007\u007f\u0085" }],
    ["half a character", { userAgent: "\ud83d" }],
    ["everything", { ip: "::1", asn: 1, country: "DE" }],
  ])("travels with a valid event: %s", (_, origin) => {
    const carried = withOrigin(event, origin);

    expect(validateEvent(carried)).toMatchObject({ ok: true });
    expect(takeOrigin(carried)).toEqual({ event, origin });
  });

  it("is the root's word, not the sender's", () => {
    const forged = { ...event, umbelorigin: '{"country":"US"}', umbelroute: '[{"topic":"t"}]' };

    expect(takeOrigin(withOrigin(forged, { country: "DE" }))).toEqual({ event, origin: { country: "DE" } });
  });

  it.each(["{", "[]", "null", 5])("is absent where the attribute is none: %j", (text) => {
    expect(takeOrigin({ ...event, umbelorigin: text })).toEqual({ event });
  });

  it("is absent from an event without the attribute", () => {
    expect(takeOrigin(event)).toEqual({ event });
  });
});

describe("an event's route", () => {
  it("is read as it was set", () => {
    const targets = [{ topic: "late" }, { collection: "orders" }];

    expect(routeOf(withRoute(event, targets))).toEqual(targets);
    expect(routeOf(withRoute(event, []))).toEqual([]);
    expect(routeOf(event)).toBeUndefined();
  });

  it.each(["{", "{}", "[1]", '[{"x":"y"}]', 7])("is absent where the attribute is none: %j", (text) => {
    expect(routeOf({ ...event, umbelroute: text })).toBeUndefined();
  });

  it("leaves the platform with no event", () => {
    expect(withoutPlatformAttributes(withRoute(withOrigin(event, { ip: "::1" }), []))).toEqual(event);
    expect(withoutPlatformAttributes(event)).toBe(event);
  });
});

describe("a confidential event", () => {
  it("is known by a mark that no sender can give it, and that leaves the platform with none", () => {
    const marked = confidential(event);

    expect(isConfidential(marked)).toBe(true);
    expect(isConfidential(event)).toBe(false);
    expect(isConfidential(withOrigin({ ...event, umbelconfidential: true }, {}))).toBe(false);
    expect(withoutPlatformAttributes(marked)).toEqual(event);
    expect(validateEvent(marked).ok).toBe(true);
  });

  it("is kept without its data, in whatever form that is", () => {
    const { data: _, ...others } = event;

    expect(withoutData(event)).toEqual(others);
    expect(withoutData({ ...others, data_base64: "AA==", datacontenttype: "application/pdf" })).toEqual(
      others,
    );
  });
});
