import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeToken, encodeToken } from "../../../root-worker/base64url.ts";

it("gives back what it was given, in text that needs no escaping", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const token = encodeToken(value);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(JSON.stringify(decodeToken(token))).toBe(JSON.stringify(value));
    }),
  );
});

it.each(["", "a", "!", "e30=", "e30 ", " e30", "_w", "eyJ", "w6", "💥", "e30\n"])(
  "makes nothing of %j",
  (token) => {
    expect(decodeToken(token)).toBeUndefined();
  },
);

it("never throws, whatever the text", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.base64String()), (text) => {
      expect(() => decodeToken(text)).not.toThrow();
    }),
  );
});
