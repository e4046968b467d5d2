import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Whence } from "../../../../core/contracts/signups.ts";
import type { Result } from "../../../../core/errors.ts";
import { release } from "../../../../core/release.ts";
import type { LimitPolicy } from "../../../../decorators/identity/limits/gcra.ts";
import { partOf } from "../../../../decorators/identity/signup/ids.ts";
import {
  SIGNUPS_BY_ADDRESS,
  VERIFICATIONS_BY_ADDRESS,
} from "../../../../decorators/identity/signup/limits.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env, exports } = workerUnderTest<
  IdentityBindings,
  typeof import("../../../../decorators/identity/index.ts")
>();

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

/** Sets the clock forward from when the test began. */
function clock() {
  const start = Date.now();
  return (ms: number) => vi.spyOn(Date, "now").mockReturnValue(start + ms);
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** From a person's own address on the network, if one is given. */
const from = (ip?: string): Whence => ({
  client: { isPerson: true, ...(ip === undefined ? {} : { address: ip }) },
  origin: ip === undefined ? {} : { ip },
});

const ask = (email: string, profile: object = {}, ip?: string): Promise<Result<{ signup: string }>> =>
  exports.SignupService.signUp({ email, profile, page: "https://example.com/v" }, from(ip));

async function signUp(email: string, profile: object = {}, ip?: string): Promise<string> {
  const answer = await ask(email, profile, ip);
  release(answer);
  if (!answer.ok) throw new Error(answer.message);
  return answer.signup;
}

async function tokensOf(...signups: string[]): Promise<(string | null)[]> {
  const answer = await exports.SignupLinks.tokensOf(signups);
  release(answer);
  if (!answer.ok) throw new Error(answer.message);
  return answer.tokens;
}

async function tokenOf(signup: string): Promise<string> {
  const [token] = await tokensOf(signup);
  if (token === null || token === undefined) throw new Error("it is over");
  return token;
}

const verify = (token: string, ip?: string): Promise<Result<{ user: string }>> =>
  exports.SignupService.verifySignup(token, from(ip));

const objectOf = (signup: string) => env.SIGNUPS.getByName(partOf(signup) ?? "");

const stateOf = (topic: string, signup: string) => env.JOURNAL.eventState(topic, signup, "/v1/signups");

/** What the object keeps: its tables' rows, as text. */
const keptBy = (signup: string): Promise<{ signups: string; outbox: string }> =>
  runInDurableObject(objectOf(signup), (_, { storage }) => ({
    signups: JSON.stringify(storage.sql.exec("SELECT * FROM signups").toArray()),
    outbox: JSON.stringify(storage.sql.exec("SELECT * FROM outbox").toArray()),
  }));

/** Until all of its events are published. */
async function published(signup: string): Promise<void> {
  await expect.poll(async () => (await keptBy(signup)).outbox).toBe("[]");
}

describe("a link", () => {
  it("verifies its address once, however many try at the same moment", async () => {
    const token = await tokenOf(await signUp("ada@example.com"));

    const answers = await Promise.all(Array.from({ length: 20 }, () => verify(token)));

    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await verify(token)).toMatchObject({ ok: false, code: "gone" });
  });

  it("gives a person the same id each time, whatever the case of the domain and the white space", async () => {
    const first = await verify(await tokenOf(await signUp("ada@example.com")));
    const second = await verify(await tokenOf(await signUp(" ada@EXAMPLE.com")));
    const other = await verify(await tokenOf(await signUp("bob@example.com")));

    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("works for 24 hours", async () => {
    const pass = clock();
    pass(0);
    const [early, late] = [await signUp("ada@example.com"), await signUp("bob@example.com")];
    const [earlyToken, lateToken] = [await tokenOf(early), await tokenOf(late)];

    pass(DAY_MS - 1);
    expect(await verify(earlyToken)).toMatchObject({ ok: true });
    pass(DAY_MS);
    expect(await verify(lateToken)).toMatchObject({ ok: false, code: "gone" });
    expect(await tokensOf(late)).toEqual([null]);
  });

  it("is void once its address signs up again, also spelt otherwise; the newer one works", async () => {
    const first = await signUp("ada@example.com", { name: "A" });
    const firstToken = await tokenOf(first);
    const second = await signUp(" ada@EXAMPLE.com", { name: "Ada" });

    expect(await tokensOf(first)).toEqual([null]);
    expect(await verify(firstToken)).toMatchObject({ ok: false, code: "gone" });
    expect(await verify(await tokenOf(second))).toMatchObject({ ok: true });
  });

  it("is the same however often it is asked for, and when the object was gone", async () => {
    const signup = await signUp("ada@example.com");

    const token = await tokenOf(signup);
    await evictDurableObject(objectOf(signup));

    expect(await tokensOf(signup, signup)).toEqual([token, token]);
  });

  it("is over once it was used, so that it is not mailed again", async () => {
    const signup = await signUp("ada@example.com");
    await verify(await tokenOf(signup));

    expect(await tokensOf(signup)).toEqual([null]);
  });

  it("is in nothing that is kept", async () => {
    const signup = await signUp("ada@example.com");
    const [, secret = ""] = (await tokenOf(signup)).split(".");
    await verify(`${signup}.${secret}`);

    expect(secret.length).toBe(43);
    expect(JSON.stringify(await keptBy(signup))).not.toContain(secret);
  });
});

describe("a token that nobody was mailed", () => {
  it("is answered as one that is over", async () => {
    const token = await tokenOf(await signUp("ada@example.com"));
    const other = await tokenOf(await signUp("bob@example.com"));
    const [id = "", secret = ""] = token.split(".");
    const forged = [
      "",
      "token",
      id,
      `${id}.`,
      `${token.slice(0, -3)}${token.endsWith("AAA") ? "BBB" : "AAA"}`,
      // Other spellings of the same bytes.
      `${token}=`,
      `${token}A`,
      ` ${token}`,
      // What was signed for another.
      `${other.split(".")[0] ?? ""}.${secret}`,
      `su_${id.at(3) ?? ""}${"A".repeat(22)}.${secret}`,
    ];

    const answers = await Promise.all(forged.map((each) => verify(each)));

    expect(await verify(token)).toMatchObject({ ok: true });
    const over = await verify(token);
    expect(answers).toEqual(forged.map(() => over));
  });
});

describe("what a sign-up makes", () => {
  it("is an event for each of its steps, with the person and without the token", async () => {
    const signup = await signUp(" Ada@EXAMPLE.com", { name: "Ada" }, "192.0.2.1");
    const token = await tokenOf(signup);
    const verified = await verify(token, "192.0.2.2");
    await published(signup);

    expect(await stateOf("identity.verified", signup)).toMatchObject({ ok: true });
    expect(await stateOf("identity.signup", signup)).toMatchObject({ ok: true });
    expect(verified).toMatchObject({ ok: true, user: expect.stringMatching(/^u_[\w-]{22}$/) });
    expect((await env.JOURNAL.counts("identity.audit")).accepted).toBe(3);
  });

  it("is published by the alarm, where it could not be at once", async () => {
    const signup = await signUp("ada@example.com");
    const stub = objectOf(signup);
    // As if everything had ended before the events went out: they are back in the outbox, with no run that knows of them.
    const event = JSON.stringify({ specversion: "1.0", id: "late", source: "/v1/signups", type: "t" });
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("INSERT INTO outbox (topic, event) VALUES ('identity.signup', ?)", event);
    });
    await evictDurableObject(stub);
    // It may have come by itself, and be at it.
    await runDurableObjectAlarm(stub);
    await published(signup);

    expect(await stateOf("identity.signup", "late")).toMatchObject({ ok: true });
  });

  it("is deleted when its link has expired", async () => {
    const pass = clock();
    pass(0);
    const signup = await signUp("ada@example.com");
    await published(signup);

    pass(DAY_MS);
    await runDurableObjectAlarm(objectOf(signup));

    expect((await keptBy(signup)).signups).toBe("[]");
  });

  it("says of a person nothing any more once the link was used", async () => {
    const signup = await signUp("ada@example.com", { name: "Ada Lovelace" });
    await verify(await tokenOf(signup));
    await published(signup);

    expect(JSON.stringify(await keptBy(signup))).not.toContain("Lovelace");
  });
});

describe("limits", () => {
  it("let a mailbox have three mails at once and one an hour, however its address is spelt", async () => {
    const pass = clock();
    pass(0);
    const spelt = ["ada@example.com", "ADA@example.com", "a.da+1@EXAMPLE.com", "ada+2@example.com"];
    const taken: boolean[] = [];
    for (const email of spelt) taken.push((await ask(email)).ok);

    expect(taken).toEqual([true, true, true, false]);
    expect(await ask("ada@example.com")).toMatchObject({
      code: "rate-limited",
      limit: { policy: "signup-mailbox", quota: 3, retryMs: HOUR_MS },
    });
    expect(await ask("bob@example.com")).toMatchObject({ ok: true });
    pass(HOUR_MS);
    expect(await ask("ada@example.com")).toMatchObject({ ok: true });
    expect(await ask("ada@example.com")).toMatchObject({ ok: false });
  });

  /** As if so many had come from an address already. */
  async function use(policy: LimitPolicy, ip: string, times: number): Promise<void> {
    const limit = env.LIMIT.getByName(`${policy.name}:${ip}`);
    for (let n = 0; n < times; n++) release(await limit.take(policy));
  }

  it("let an address on the network sign up so many, and another one is not touched", async () => {
    clock()(0);
    await use(SIGNUPS_BY_ADDRESS, "192.0.2.1", 29);

    expect(await ask("ada@example.com", {}, "192.0.2.1")).toMatchObject({ ok: true });
    expect(await ask("bob@example.com", {}, "192.0.2.1")).toMatchObject({
      code: "rate-limited",
      limit: { policy: "signup" },
    });
    expect(await ask("bob@example.com", {}, "192.0.2.2")).toMatchObject({ ok: true });
  });

  it("bound how many tokens an address on the network tries", async () => {
    clock()(0);
    const token = await tokenOf(await signUp("ada@example.com"));
    await use(VERIFICATIONS_BY_ADDRESS, "192.0.2.1", 59);

    expect(await verify("guess", "192.0.2.1")).toMatchObject({ code: "gone" });
    expect(await verify("guess", "192.0.2.1")).toMatchObject({ code: "rate-limited" });
    expect(await verify(token, "192.0.2.2")).toMatchObject({ ok: true });
  });

  it("don't count for an application's server, which signs up many", async () => {
    clock()(0);
    await use(SIGNUPS_BY_ADDRESS, "192.0.2.1", 30);
    const whence = { client: { isPerson: false, address: "192.0.2.1" }, origin: {} };
    const request = { email: "ada@example.com", profile: {}, page: "https://example.com/v" };

    expect(await exports.SignupService.signUp(request, whence)).toMatchObject({ ok: true });
  });
});
