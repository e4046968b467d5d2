import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DETECTORS, findSpans, isIpv6, isLuhn, isMod97 } from "../../../decorators/support/detectors.ts";
import { dataOf } from "./prepare.ts";

const found = (kind: keyof typeof DETECTORS, text: string) =>
  Array.from(DETECTORS[kind](text), ({ start, end }) => text.slice(start, end));

describe("e-mail addresses", () => {
  it.each([
    ["ada@example.org", ["ada@example.org"]],
    ["<ada.l+tag@mail.example.co.uk>, b@c.de.", ["ada.l+tag@mail.example.co.uk", "b@c.de"]],
    ["jürgen@müller.example", ["jürgen@müller.example"]],
    ["用户@例子.公司", ["用户@例子.公司"]],
    ["a@b, @c.de, user@localhost", []],
  ])("in %j", (text, expected) => {
    expect(found("email", text)).toEqual(expected);
  });
});

describe("card numbers", () => {
  it.each([
    ["4111 1111 1111 1111", ["4111 1111 1111 1111"]],
    ["3782-822463-10005", ["3782-822463-10005"]],
    ["nr 12 4111111111111111 2", ["4111111111111111"]],
    ["order 4111111111111112", []],
    ["41111111111111111111111", []],
    ["x4111111111111111", []],
    ["5555555555554444,4012888888881881", ["5555555555554444", "4012888888881881"]],
    ["0000 0000 0000 0000", []],
  ])("in %j", (text, expected) => {
    expect(found("card", text)).toEqual(expected);
  });

  it("are never as long as a card's and right by chance more than once in ten", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(digits, (text) => {
        const right = Array.from("0123456789", (last) => isLuhn(text + last)).filter(Boolean);

        expect(right).toHaveLength(1);
      }),
    );
  });
});

describe("IBANs", () => {
  it.each([
    ["DE89 3704 0044 0532 0130 00", ["DE89 3704 0044 0532 0130 00"]],
    ["pay GB82WEST12345698765432 now", ["GB82WEST12345698765432"]],
    ["be68 5390 0754 7034 paid", ["be68 5390 0754 7034"]],
    [
      "NO93 8601 1117 947, FR14 2004 1010 0505 0001 3M02 606",
      ["NO93 8601 1117 947", "FR14 2004 1010 0505 0001 3M02 606"],
    ],
    ["DE89 3704 0044 0532 0130 01", []],
    ["XX89370400440532013000", []],
  ])("in %j", (text, expected) => {
    expect(found("iban", text)).toEqual(expected);
  });

  it("have their check digits right", () => {
    expect(isMod97("DE89370400440532013000")).toBe(true);
    expect(isMod97("DE88370400440532013000")).toBe(false);
  });
});

describe("IP addresses", () => {
  it.each([
    ["from 203.0.113.7:443", ["203.0.113.7"]],
    ["version 1.2.3.4.5 and 256.1.1.1", []],
    ["2001:db8::7 fe80::1", ["2001:db8::7", "fe80::1"]],
    ["[2001:DB8:0:0:8:800:200C:417A]", ["2001:DB8:0:0:8:800:200C:417A"]],
    ["::ffff:192.0.2.1", ["::ffff:192.0.2.1", "192.0.2.1"]],
    ["at 12:30:45, std::vector, a::b::c", []],
  ])("in %j", (text, expected) => {
    expect(found("ip", text).toSorted()).toEqual(expected.toSorted());
  });

  it.each(["1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7", "12345::", "::1.2.3"])(
    "are none: %s",
    (text) => {
      expect(isIpv6(text)).toBe(false);
    },
  );
});

describe("phone numbers", () => {
  it.each([
    ["+49 228 1234567", ["+49 228 1234567"]],
    ["call (0228) 123-4567 or 0171/1234567", ["(0228) 123-4567", "0171/1234567"]],
    ["(555) 123-4567", ["(555) 123-4567"]],
    ["0044 20 7946 0958", ["0044 20 7946 0958"]],
    ["2026-01-31, 12.50, 100 200, a+4912345678", []],
  ])("in %j", (text, expected) => {
    expect(found("phone", text)).toEqual(expected);
  });
});

it("what several detectors find is one span, with nothing of either left over", () => {
  const spans = findSpans("abcdef", [
    { kind: "first", find: () => [{ start: 1, end: 3 }] },
    {
      kind: "second",
      find: () => [
        { start: 0, end: 2 },
        { start: 2, end: 5 },
      ],
    },
  ]);

  expect(spans).toEqual([{ start: 0, end: 5, kind: "first" }]);
});

it("of whatever text, spans are in order and within it", () => {
  const alphabet = fc.string({ unit: fc.constantFrom(..."ab@.:+-( )0159DE89"), maxLength: 60 });
  const detectors = Object.entries(DETECTORS).map(([kind, find]) => ({ kind, find }));
  fc.assert(
    fc.property(fc.oneof(alphabet, fc.string({ unit: "binary" })), (text) => {
      let end = 0;
      for (const span of findSpans(text, detectors)) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        expect(span.end).toBeGreaterThan(span.start);
        end = span.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
  );
});

it.each([
  "a@".repeat(45_000),
  "1 ".repeat(45_000),
  "DE89".repeat(22_000),
  "::1:".repeat(22_000),
  "+1-".repeat(30_000),
  "a".repeat(90_000),
  "1.1.1.".repeat(15_000),
  "0-".repeat(45_000),
])("texts made to keep detectors busy are gone through", (text) => {
  const detectors = Object.entries(DETECTORS).map(([kind, find]) => ({ kind, find }));

  expect(findSpans(text, detectors).length).toBeLessThan(50_000);
});

describe("redacting", () => {
  it("leaves names of fields, numbers and everything else", async () => {
    const data = { "ada@example.org": 1, n: 4111111111111111, deep: [{ t: "x" }], f: true, z: null };

    expect(await dataOf("redact", { detect: ["email", "card"] }, data)).toBe(data);
  });

  it("of a card in a number takes the field", async () => {
    expect(
      await dataOf("redact", { fields: "n", mode: "mask", keepLast: 4 }, { n: 4111111111111111 }),
    ).toEqual({ n: "************1111" });
  });

  it("leaves no more of a short text than half", async () => {
    expect(
      await dataOf(
        "redact",
        { fields: ["a", "b"], mode: "mask", keepLast: 4 },
        { a: "abc", b: "\u{1f600}\u{1f601}" },
      ),
    ).toEqual({ a: "**c", b: "*\u{1f601}" });
  });

  it("by hash tells the same values to be the same, with the same key alone", async () => {
    const hash = (key: string) =>
      dataOf("redact", { detect: ["email"], mode: "hash", key }, { a: "x@y.de", b: "mail x@y.de!" });
    const first = await hash("k");

    expect(first).toEqual({
      a: expect.stringMatching(/^[\da-f]{16}$/),
      b: expect.stringMatching(/^mail [\da-f]{16}!$/),
    });
    expect(await hash("k")).toEqual(first);
    expect(await hash("other")).not.toEqual(first);
  });

  it("takes out fields altogether", async () => {
    expect(
      await dataOf(
        "redact",
        { fields: ["a", "list[*].x"], mode: "remove" },
        { a: 1, list: [{ x: 1, y: 2 }] },
      ),
    ).toEqual({ list: [{ y: 2 }] });
  });
});
