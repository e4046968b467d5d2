import { describe, expect, it } from "vitest";
import { normalizeCode, randomDigits } from "../../../decorators/identity/challenges/codes.ts";
import {
  matchingRecoveryCode,
  newRecoveryCodes,
  recoveryHashes,
} from "../../../decorators/identity/totp/recovery-codes.ts";

describe("a code that is sent", () => {
  it("has the digits that are asked for", () => {
    expect(randomDigits(6)).toMatch(/^\d{6}$/);
    expect(randomDigits(10)).toMatch(/^\d{10}$/);
  });

  it("has each digit as often as any other: 250 of the 256 bytes count, 25 for each", () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      // The byte first, and then one that ends the code: a byte that does not count leaves that one's digit alone.
      const bytes = [byte, 7];
      const digit = randomDigits(1, (array) => array.fill(bytes.shift() ?? 0));
      if (bytes.length === 1) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    }

    expect([...counts.values()]).toEqual(Array.from({ length: 10 }, () => 25));
  });

  it.each([
    ["123 456", "123456"],
    [" 123-456\n", "123456"],
    ["123\u00a0456", "123456"],
    ["7k3d-oil0", "7K3D0110"],
    ["abcdef", "ABCDEF"],
    ["１２３", "１２３"],
  ])("is read of %j as %j", (typed, read) => {
    expect(normalizeCode(typed)).toBe(read);
  });
});

describe("recovery codes", () => {
  it("are ten of 80 bits, in groups of four", () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  });

  it("survive being typed as they look", () => {
    for (const code of newRecoveryCodes()) {
      expect(normalizeCode(code)).toBe(code.replaceAll("-", ""));
    }
  });

  it("are kept as hashes, by which each is found at its place, and no other", async () => {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const codes = newRecoveryCodes().map(normalizeCode);
    const hashes = await recoveryHashes(key, codes);

    expect(hashes.length).toBe(160);
    const found = await Promise.all(codes.map((code) => matchingRecoveryCode(key, hashes, code)));
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await matchingRecoveryCode(key, hashes, "0".repeat(16))).toBeUndefined();
    const otherKey = crypto.getRandomValues(new Uint8Array(32));
    expect(await matchingRecoveryCode(otherKey, hashes, codes[0] ?? "")).toBeUndefined();
  });
});
