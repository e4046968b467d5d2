import { createRemoteJWKSet, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { receiveCodes, wrongCode } from "../support/codes.ts";
import { startProcess, type PlatformProcess } from "../support/platform-process.ts";
import { eventually, secondFactor, type Found } from "../support/second-factor.ts";

const ACCOUNTS = Array.from({ length: 20 }, (_, n) => `person-${n}`);

/** How often each step is in the audit. */
async function audited(platform: PlatformProcess): Promise<Record<string, number>> {
  const { body } = await platform.json<Found>("POST", "/v1/collections/_events/search", {
    filter: "topic = 'identity.audit'",
    limit: 1000,
  });
  const types = (body.hits ?? []).map(({ document: { type } }) => type.replace("identity.", ""));
  return Object.fromEntries([...Map.groupBy(types, (type) => type)].map(([type, all]) => [type, all.length]));
}

it(
  "kill -9 of everything in the middle of challenges loses no code, no try, no used step and no audit event",
  { timeout: 240_000 },
  async () => {
    let platform = await startProcess({ env: { UMBEL_WEBHOOKS_PRIVATE: "1" } });
    const { authenticator, open, verify } = secondFactor(() => platform);
    // The provider answers nothing: until it does, no code counts as delivered.
    const codes = await receiveCodes(platform);
    codes.answer(() => ({ status: 204, delayMs: 600_000 }));
    const ada = await authenticator("ada");
    const used = await ada.codeAt(30);
    expect((await verify(await open("ada"), used)).status).toBe(200);
    const guessed = await open("guessed");
    for (let tries = 0; tries < 2; tries++) expect((await verify(guessed, "no code")).status).toBe(401);
    const challenges = await Promise.all(ACCOUNTS.map((account) => open(account)));

    await platform.kill();
    codes.answer(() => ({ status: 204 }));
    const { state, port } = platform;
    platform = await startProcess({ state, port, env: { UMBEL_WEBHOOKS_PRIVATE: "1" } });

    expect((await verify(await open("ada"), used)).status).toBe(401);
    for (let tries = 0; tries < 3; tries++) expect((await verify(guessed, "no code")).status).toBe(401);
    expect((await verify(guessed, "no code")).status).toBe(429);
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", platform.url));
    for (const [index, challenge] of challenges.entries()) {
      const [code = ""] = await codes.of(ACCOUNTS[index] ?? "");
      expect((await verify(challenge, wrongCode(code))).status).toBe(401);
      const { status, body } = await verify(challenge, code);
      expect(status).toBe(200);
      const { payload } = await jwtVerify(body.token ?? "", keys);
      expect(payload.sub).toBe(ACCOUNTS[index]);
      expect((await verify(challenge, code)).status).toBe(410);
    }
    const expected = {
      "enrollment.begun": 1,
      "enrollment.confirmed": 1,
      // Those of the accounts, ada's two and the one that was guessed at.
      "challenge.opened": ACCOUNTS.length + 3,
      "challenge.verified": ACCOUNTS.length + 1,
      // A wrong one and a late one an account, six guesses, and the code that was used before.
      "challenge.refused": 2 * ACCOUNTS.length + 7,
    };
    const total = (steps: Record<string, number>) => Object.values(steps).reduce((sum, n) => sum + n, 0);
    // What the queue has lost comes again when its lease is over, and behind what came later.
    const steps = await eventually(
      () => audited(platform),
      (found) => total(found) >= total(expected),
    );
    expect(steps).toEqual(expected);
  },
);
