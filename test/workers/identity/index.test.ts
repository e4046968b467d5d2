import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<
  IdentityBindings,
  typeof import("../../../decorators/identity/index.ts")
>();

it("answers nothing over HTTP: it is reached by its entrypoints alone", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/health");

  expect(response.status).toBe(404);
  expect(await response.text()).toBe("");
});

it("publishes the key that signs tokens, without its private half", async () => {
  const { ok, keys } = (await exports.IdentityService.publicKeys()) as { ok: true; keys: object[] };

  expect(ok).toBe(true);
  expect(keys).toEqual([
    { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", x: expect.any(String), kid: expect.any(String) },
  ]);
});
