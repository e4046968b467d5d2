import { isValid } from "ulidx";
import { describe, expect, it } from "vitest";
import { idAt, idempotencyKey, idSeed } from "../../../root-worker/idempotency-key.ts";

const idOf = async (key: string, where: string, content: string, place: number) =>
  idAt(await idSeed(key, where, new TextEncoder().encode(content)), place);

describe("an id made from an idempotency key", () => {
  it("is the same for the same request, and a ULID by its digits", async () => {
    const id = await idOf("k", "/v1/topics/a/events", "{}", 0);

    expect(await idOf("k", "/v1/topics/a/events", "{}", 0)).toBe(id);
    expect(isValid(id)).toBe(true);
  });

  it("is another for another key, path, content or place", async () => {
    const ids = await Promise.all([
      idOf("k", "/a", "{}", 0),
      idOf("l", "/a", "{}", 0),
      idOf("k", "/b", "{}", 0),
      idOf("k", "/a", "{} ", 0),
      idOf("k", "/a", "{}", 1),
      idOf("k", "/a", "{}", 32 ** 3),
    ]);

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(isValid(id)).toBe(true);
  });
});

describe("a request's idempotency key", () => {
  it("is what its header says", () => {
    expect(idempotencyKey(new Headers())).toBeUndefined();
    expect(idempotencyKey(new Headers({ "idempotency-key": '"8e03978e"' }))).toBe('"8e03978e"');
  });

  it.each(["", "x".repeat(256)])("is refused where it can't be one (case %#)", (key) => {
    expect(() => idempotencyKey(new Headers({ "idempotency-key": key }))).toThrow("1 to 255");
  });
});
