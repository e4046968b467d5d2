import { createExecutionContext } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import app from "../../../root-worker/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

const WANTED = JSON.stringify({ name: "website", scopes: ["documents:search"] });

/** Asks a root whose first key is that one, bearing it or another. */
function ask(
  adminKey: string,
  method: string,
  path: string,
  init: { bearer?: string; idempotency?: string } = {},
) {
  const headers = new Headers({ authorization: `Bearer ${init.bearer ?? adminKey}` });
  if (init.idempotency !== undefined) headers.set("idempotency-key", init.idempotency);
  const request = new Request(`http://umbel.test${path}`, {
    method,
    headers,
    ...(method === "POST" ? { body: WANTED } : {}),
  });
  return app.fetch(request, { ...env, UMBEL_ADMIN_KEY: adminKey }, createExecutionContext());
}

describe("keys, when the first key is changed", () => {
  it("stay good, but are not told again: that would be another, which opens nothing", async () => {
    const made = await ask("first", "POST", "/v1/keys", { idempotency: "k" });
    const { key } = await made.json<{ key: string }>();
    const again = await ask("second", "POST", "/v1/keys", { idempotency: "k" });
    const searched = await ask("second", "GET", "/v1/collections/none/search", { bearer: key });

    expect([made.status, again.status, searched.status]).toEqual([201, 409, 404]);
    expect(await again.json()).toMatchObject({
      code: "conflict",
      detail: expect.stringContaining("Idempotency-Key"),
    });
    await searched.body?.cancel();
  });
});

describe("a key that nobody can look up", () => {
  it("is not said to be wrong", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    await (await ask("first", "POST", "/v1/keys")).body?.cancel();
    // Whoever makes a key asks for all at the next request.
    const CATALOG = { ...env.CATALOG, getKeys: async () => Promise.reject(new Error("down")) };
    const authorization = `Bearer umbel_${"0".repeat(26)}_${"0".repeat(64)}`;
    const request = new Request("http://umbel.test/v1/ready", { headers: { authorization } });
    const answer = await app.fetch(
      request,
      { ...env, UMBEL_ADMIN_KEY: "first", CATALOG },
      createExecutionContext(),
    );

    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: "unavailable" });
    expect(logged).toHaveBeenCalledWith(expect.stringContaining("keys-unknown"));
    logged.mockRestore();
  });
});
