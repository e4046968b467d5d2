import { describe, expect, it } from "vitest";
import { codeOf, matchingStep, stepAt } from "../../../decorators/identity/totp/one-time-codes.ts";

const SEED = "1234567890";
const secretOf = (bytes: number) => Uint8Array.from(new TextEncoder().encode(SEED.repeat(7).slice(0, bytes)));

describe("RFC 4226, appendix D", () => {
  it.each(
    "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
      .split(" ")
      .map((code, counter): [number, string] => [counter, code]),
  )("counter %i is %s", (counter, code) => {
    expect(codeOf(secretOf(20), counter)).toBe(code);
  });
});

describe("RFC 6238, appendix B", () => {
  const seedBytes = { SHA1: 20, SHA256: 32, SHA512: 64 };
  it.each([
    [59, "94287082", "46119246", "90693936"],
    [1111111109, "07081804", "68084774", "25091201"],
    [1111111111, "14050471", "67062674", "99943326"],
    [1234567890, "89005924", "91819424", "93441116"],
    [2000000000, "69279037", "90698825", "38618901"],
    [20000000000, "65353130", "77737706", "47863826"],
  ])("at %i s is %s with SHA-1, %s with SHA-256, %s with SHA-512", (seconds, sha1, sha256, sha512) => {
    const codes = Object.entries(seedBytes).map(([algorithm, bytes]) =>
      codeOf(secretOf(bytes), stepAt(seconds * 1000), { algorithm, digits: 8 }),
    );
    expect(codes).toEqual([sha1, sha256, sha512]);
  });
});

describe("the step that a code is of", () => {
  const secret = secretOf(20);
  const now = 1_700_000_000_000;
  const step = stepAt(now);

  it.each([-1, 0, 1])("is found at a drift of %i", (drift) => {
    expect(matchingStep(secret, codeOf(secret, step + drift), 0, now)).toBe(step + drift);
  });

  it.each([-3, -2, 2, 3])("is not found at a drift of %i", (drift) => {
    expect(matchingStep(secret, codeOf(secret, step + drift), 0, now)).toBeUndefined();
  });

  it("is not found once it, or a later one, was accepted", () => {
    expect(matchingStep(secret, codeOf(secret, step), step, now)).toBeUndefined();
    expect(matchingStep(secret, codeOf(secret, step), step + 1, now)).toBeUndefined();
    expect(matchingStep(secret, codeOf(secret, step + 1), step, now)).toBe(step + 1);
  });

  it.each(["", "12345", "1234567", "abcdef", "１２３４５６", "0".repeat(64), "\u{10ffff}".repeat(30)])(
    "is not found for %j",
    (code) => {
      expect(matchingStep(secret, code, 0, now)).toBeUndefined();
    },
  );
});
