import { describe, expect, it } from "vitest";
import { codeHash } from "../../../decorators/identity/keys/code-hash.ts";
import { keyRing, parseKeyRing, type KeyRing } from "../../../decorators/identity/keys/key-ring.ts";
import { seal, unseal } from "../../../decorators/identity/keys/seal.ts";
import { publicKeys, signingKey } from "../../../decorators/identity/tokens/signing-keys.ts";

const OLD = `old:${"A".repeat(43)}`;
const NEW = `new:${"B".repeat(42)}A`;

function ringOf(text: string): KeyRing {
  const ring = parseKeyRing(text);
  if (ring === undefined) throw new Error("it is well-formed");
  return ring;
}

describe("the key ring", () => {
  it("seals with its first key, and opens with any", () => {
    const ring = ringOf(`${NEW}, ${OLD}`);
    expect(ring.current.id).toBe("new");
    expect(ring.all.map(({ id }) => id)).toEqual(["new", "old"]);
    expect(ring.find("gone")).toBeUndefined();
  });

  it.each([
    "a",
    "a:b",
    ":" + "A".repeat(43),
    `a:${"A".repeat(42)}`,
    `${OLD},${OLD}`,
    `${OLD},`,
    `${OLD}:x`,
    `a b:${"A".repeat(43)}`,
  ])("is not to be made of %j", (text) => {
    expect(parseKeyRing(text)).toBeUndefined();
    expect(keyRing(text)).toMatchObject({ ok: false, code: "not-configured" });
  });

  it.each([undefined, ""])("is missed where there is none: %j", (secret) => {
    expect(keyRing(secret)).toMatchObject({ ok: false, code: "not-configured" });
  });

  it("has another key for each use", async () => {
    const { current } = ringOf(OLD);
    const keys = await Promise.all(
      (["seal", "code", "token", "link"] as const).map((use) => current.derive(use)),
    );
    expect(new Set(keys.map((key) => key.join())).size).toBe(4);
    expect(keys.every((key) => key.length === 32 && key.some((byte) => byte !== 0))).toBe(true);
  });
});

describe("what is sealed", () => {
  const content = Uint8Array.from(new TextEncoder().encode("a secret"));

  it("opens in its place, also when another key has come to the front", async () => {
    const sealed = await seal(ringOf(OLD), "here", content);
    expect(sealed.key).toBe("old");
    expect(await unseal(ringOf(`${NEW},${OLD}`), "here", sealed)).toEqual(content);
  });

  it("opens in no other place, not when it was changed, and not without its key", async () => {
    const ring = ringOf(OLD);
    const sealed = await seal(ring, "here", content);
    const changed = {
      ...sealed,
      bytes: Uint8Array.from(sealed.bytes, (byte, at) => (at === 15 ? byte ^ 1 : byte)),
    };
    expect(await unseal(ring, "there", sealed)).toBeUndefined();
    expect(await unseal(ring, "here", changed)).toBeUndefined();
    expect(await unseal(ring, "here", { ...sealed, bytes: sealed.bytes.slice(0, 5) })).toBeUndefined();
    expect(await unseal(ringOf(NEW), "here", sealed)).toBeUndefined();
    expect(await unseal(ringOf(`old:${"C".repeat(42)}A`), "here", sealed)).toBeUndefined();
  });

  it("never looks the same twice", async () => {
    const ring = ringOf(OLD);
    const [one, other] = [await seal(ring, "here", content), await seal(ring, "here", content)];
    expect(one.bytes).not.toEqual(other.bytes);
  });
});

describe("a code's hash", () => {
  it("is another in another place and under another key", async () => {
    const [old, fresh] = [ringOf(OLD).current, ringOf(NEW).current];
    const hash = await codeHash(old, "here", "123456");
    expect(hash).toEqual(await codeHash(old, "here", "123456"));
    expect(hash).not.toEqual(await codeHash(old, "there", "123456"));
    expect(hash).not.toEqual(await codeHash(fresh, "here", "123456"));
    expect(hash).not.toEqual(await codeHash(old, "here", "123457"));
    expect(hash.length).toBe(32);
  });
});

describe("the keys that sign tokens", () => {
  it("are the ring's, the same in every isolate, and published with their public halves alone", async () => {
    const [first, again] = [
      await publicKeys(ringOf(`${NEW},${OLD}`)),
      await publicKeys(ringOf(`${NEW},${OLD}`)),
    ];
    expect(first).toEqual(again);
    expect(first.map((key) => Object.keys(key).toSorted())).toEqual(
      Array.from({ length: 2 }, () => ["alg", "crv", "kid", "kty", "use", "x"]),
    );
    expect(new Set(first.map(({ kid }) => kid)).size).toBe(2);
  });

  it("can't be taken out again", async () => {
    const { sign } = await signingKey(ringOf(OLD).current);
    expect(sign.extractable).toBe(false);
  });
});
