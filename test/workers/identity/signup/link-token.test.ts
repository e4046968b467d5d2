import { describe, expect, it } from "vitest";
import { parseKeyRing } from "../../../../decorators/identity/keys/key-ring.ts";
import { newSignupId, partOf, userIdOf } from "../../../../decorators/identity/signup/ids.ts";
import { linkToken, readLinkToken } from "../../../../decorators/identity/signup/link-token.ts";

const [A, B] = [`a:${"A".repeat(43)}`, `b:${"E".repeat(43)}`];

function ring(...keys: string[]) {
  const parsed = parseKeyRing(keys.join(","));
  if (parsed === undefined) throw new Error("no key ring");
  return parsed;
}

describe("a token", () => {
  it("is read by every ring that has its key, in whatever place", async () => {
    const signup = newSignupId(await userIdOf("ada@example.com"));
    const token = await linkToken(ring(A).current, signup);

    expect(await readLinkToken(ring(A), token)).toBe(signup);
    expect(await readLinkToken(ring(B, A), token)).toBe(signup);
    expect(await readLinkToken(ring(B), token)).toBeUndefined();
  });
});

describe("the id of a sign-up", () => {
  it("is another each time, in the part of its person", async () => {
    const user = await userIdOf("ada@example.com");
    const ids = Array.from({ length: 100 }, () => newSignupId(user));

    expect(new Set(ids).size).toBe(100);
    expect(new Set(ids.map(partOf)).size).toBe(1);
  });

  it("spreads people over all parts", async () => {
    const parts = await Promise.all(
      Array.from({ length: 400 }, async (_, n) => partOf(newSignupId(await userIdOf(`a${n}@example.com`)))),
    );

    expect(new Set(parts).size).toBe(16);
  });

  it.each(["", "su_", "su_g0000000000000000000000", "su_00", "x"])("is none of %j", (text) => {
    expect(partOf(text)).toBeUndefined();
  });
});
