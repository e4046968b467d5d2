import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { HttpClient } from "../support/http-client.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { declareSignup, exported, runSignupTrial } from "../support/signup-trial.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.02, vars: { UMBEL_FAULTS: "1" } });
  await declareSignup(platform);
});

interface Mail {
  to: string[];
  pipeline: string;
  subject: string;
  text: string;
}

interface Audit {
  type: string;
  subject: string;
  text: string;
}

/** As a stranger: without a key. */
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  platform.json<Record<string, unknown>>("POST", path, body, { authorization: "", ...headers });

const mailsTo = async (address: string): Promise<Mail[]> =>
  (await exported<Mail>(platform, "_mailbox")).filter(({ to }) => to.includes(address));

const eventually = <Value>(look: () => Promise<Value>): Promise<Value> =>
  vi.waitFor(look, { timeout: 50_000, interval: 50 });

const oneMail = (address: string, pipeline: string): Promise<Mail> =>
  eventually(async () => {
    const [mail, ...others] = (await mailsTo(address)).filter((each) => each.pipeline === pipeline);
    if (mail === undefined) throw new Error(`no mail to ${address}`);
    expect(others).toEqual([]);
    return mail;
  });

const linkIn = ({ text }: Mail): { page: string; token: string } => {
  const [, page = "", token = ""] = /(http\S+)#(\S+)/.exec(text) ?? [];
  return { page, token };
};

async function settled(topic: string): Promise<void> {
  await eventually(async () => {
    const { body } = await platform.json("GET", `/v1/topics/${topic}`);
    expect(body).toMatchObject({ events: { inFlight: 0 } });
  });
}

describe("a person who signs up", () => {
  it("gets a link, becomes a user with it, is welcomed, and is on the list that they chose", async () => {
    const signup = await post(
      "/v1/signups",
      { email: "Ada@EXAMPLE.com", name: "Ada", newsletter: true, plan: "trial", role: "admin" },
      { "cf-connecting-ip": "192.0.2.1" },
    );
    expect(signup).toMatchObject({ status: 202, body: { signup: expect.stringMatching(/^su_/) } });
    const mail = await oneMail("Ada@example.com", "signup");
    const { page, token } = linkIn(mail);
    expect(page).toBe(`${platform.url}/v1/signups/verify`);

    const verified = await post("/v1/signups/verify", { token }, { "cf-connecting-ip": "192.0.2.2" });
    expect(verified).toMatchObject({
      status: 200,
      body: { verified: true, user: expect.stringMatching(/^u_/) },
    });
    expect(await post("/v1/signups/verify", { token })).toMatchObject({
      status: 410,
      body: { code: "gone" },
    });

    const user = String(verified.body["user"]);
    const welcome = await oneMail("Ada@example.com", "signup-welcome");
    expect(welcome.text).toContain("Ada");
    await settled("identity.verified");
    expect(await exported(platform, "users")).toEqual([
      {
        id: user,
        email: "Ada@EXAMPLE.com",
        address: "Ada@example.com",
        name: "Ada",
        newsletter: true,
        locale: "en",
        plan: "trial",
        signedUpAt: expect.any(String),
        verifiedAt: expect.any(String),
      },
    ]);
    expect(await exported(platform, "mailing_list")).toMatchObject([
      { id: user, address: "Ada@example.com" },
    ]);
  });

  it("is told by mail alone that the address has an account, and a stranger is told nothing", async () => {
    const known = await post("/v1/signups", { email: "Ada@example.com" });
    const unknown = await post("/v1/signups", { email: "Bob@example.com" });
    await settled("identity.signup");

    expect((await oneMail("Ada@example.com", "signup-known")).text).not.toContain("#");
    expect((await mailsTo("Bob@example.com")).map(({ pipeline }) => pipeline)).toEqual(["signup"]);
    const shape = ({ status, headers, body }: typeof known) => ({
      status,
      headers: [...headers.keys()],
      names: Object.keys(body),
      length: headers.get("content-length"),
    });
    expect(shape(known)).toEqual(shape(unknown));
    const work = async ({ body }: typeof known) => {
      const event = await platform.json<{ pipelines: object[] }>(
        "GET",
        `/v1/topics/identity.signup/events/${String(body["signup"])}`,
      );
      return event.body.pipelines.length;
    };
    expect(await work(known)).toBe(await work(unknown));
  });

  it("leaves an audit of each step, with who, what, when and from where, and without a token", async () => {
    const audits = await eventually(async () => {
      const all = await exported<Audit>(platform, "_events");
      const own = all.filter(({ subject }) => subject === "Ada@example.com");
      expect(own.length).toBeGreaterThanOrEqual(5);
      return { all, own };
    });
    const { token } = linkIn(await oneMail("Ada@example.com", "signup"));

    expect(audits.own.map(({ type }) => type).toSorted()).toEqual([
      "identity.signup.link-issued",
      "identity.signup.refused",
      "identity.signup.requested",
      "identity.signup.requested",
      "identity.signup.verified",
    ]);
    const textsOf = (step: string) =>
      audits.own.filter(({ type }) => type === `identity.signup.${step}`).map(({ text }) => text);
    expect(textsOf("requested").join(" ")).toContain("192.0.2.1");
    expect(textsOf("verified").join(" ")).toContain("192.0.2.2");
    // Nor has what the pipeline that mails the link keeps.
    expect(audits.all.map(({ type }) => type)).toContain("identity.signup");
    expect(JSON.stringify(audits.all)).not.toContain(token.split(".")[1]);
  });

  it("finds a page behind the link that verifies nothing by itself, and runs nothing of anybody else's", async () => {
    const page = await fetch(`${platform.url}/v1/signups/verify`);
    const html = await page.text();
    const [, nonce = ""] =
      /script-src 'nonce-([^']+)'/.exec(page.headers.get("content-security-policy") ?? "") ?? [];

    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(html).toContain(`<script nonce="${nonce}">`);
    expect(nonce.length).toBeGreaterThanOrEqual(22);
    const { token } = linkIn(await oneMail("Bob@example.com", "signup"));
    expect(await post("/v1/signups/verify", { token })).toMatchObject({ status: 200 });
  });
});

describe("a sign-up that is wrong", () => {
  it.each([
    ["no address", {}, "email"],
    ["an address of another type", { email: 7 }, "email"],
    ["a list of addresses", { email: ["a@example.com"] }, "email"],
    ["no address but a name", { email: "Ada <ada@example.com>" }, "email"],
    ["two addresses", { email: "a@example.com,b@example.com" }, "email"],
    ["an address with a line break", { email: "a@example.com\r\nBcc: b@example.com" }, "email"],
    ["an address without a domain", { email: "ada@localhost" }, "email"],
    ["an address on a network of numbers", { email: "ada@127.0.0.1" }, "email"],
    ["half a character", { email: "ada@example.com", name: "\ud800" }, "name"],
    ["a name of another type", { email: "ada@example.com", name: {} }, "name"],
    ["a name with a line break", { email: "ada@example.com", name: "Ada\nBcc: x" }, "name"],
    ["an endless name", { email: "ada@example.com", name: "a".repeat(201) }, "name"],
    ["an id", { email: "ada@example.com", id: "u_1" }, "id"],
    ["a page of somebody's own", { email: "ada@example.com", page: "https://evil.example" }, "page"],
    ["a time of verification", { email: "ada@example.com", verifiedAt: "2026-01-01" }, "verifiedAt"],
    ["a field that can't be one", { email: "ada@example.com", "": 1 }, ""],
    ["a path as a field", { email: "ada@example.com", "a.b": 1 }, "a.b"],
    ["deep nesting", { email: "ada@example.com", a: [[[[[1]]]]] }, "a"],
  ])("is refused with its place: %s", async (_, body, path) => {
    const { status, body: problem, headers } = await post("/v1/signups", body);

    expect(status).toBe(400);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ code: "invalid-request" });
    expect((problem["errors"] as { path: string }[]).map((error) => error.path)).toContain(path);
  });

  it.each([
    ["none", "", 400, "invalid-json"],
    ["half of it", '{"email":', 400, "invalid-json"],
    ["a list", "[]", 400, "invalid-request"],
    ["null", "null", 400, "invalid-request"],
    ["a text", '"ada@example.com"', 400, "invalid-request"],
    ["a number that none can hold", '{"email":"ada@example.com","a":[1e400]}', 400, "invalid-request"],
    ["far too much", JSON.stringify({ email: "ada@example.com", a: "x".repeat(17_000) }), 413, "too-large"],
    [
      "far too many fields",
      JSON.stringify({
        email: "ada@example.com",
        ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, n])),
      }),
      400,
      "invalid-request",
    ],
  ])("is refused where the body is %s", async (_, body, status, code) => {
    const response = await fetch(`${platform.url}/v1/signups`, { method: "POST", body });

    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
  });

  it("can't be published by hand", async () => {
    for (const path of ["/v1/topics/identity.signup/events", "/v1/topics/identity.verified/events"]) {
      expect(await platform.json("POST", path, { email: "x@example.com" })).toMatchObject({ status: 400 });
    }
    const pipeline = { topic: "t", deliver: [{ topic: "identity.verified" }] };
    expect(await platform.json("PUT", "/v1/pipelines/forger", pipeline)).toMatchObject({ status: 400 });
    const route = { use: "route", with: { routes: [{ when: "TRUE", to: { topic: "identity.verified" } }] } };
    expect(
      await platform.json("PUT", "/v1/pipelines/forger", {
        topic: "t",
        steps: [route],
        deliver: [{ topic: "u" }],
      }),
    ).toMatchObject({ status: 400 });
  });

  it("is refused for a while where a mailbox had its mails, and says how long", async () => {
    const email = "flooded@example.com";
    for (let n = 0; n < 3; n++) expect(await post("/v1/signups", { email })).toMatchObject({ status: 202 });

    const { status, headers, body } = await post("/v1/signups", { email: "FLOODED+x@example.com" });

    expect([status, body["code"]]).toEqual([429, "rate-limited"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(headers.get("ratelimit-policy")).toBe('"signup-mailbox";q=3;w=10800');
  });

  it.each([
    ["no token", {}, 400],
    ["a number", { token: 5 }, 400],
    ["an empty one", { token: "" }, 400],
    ["an endless one", { token: "a".repeat(513) }, 400],
    ["more than a token", { token: "a", user: "u_1" }, 400],
    ["a word", { token: "token" }, 410],
    ["one that looks right", { token: `su_0${"A".repeat(22)}.${"A".repeat(43)}` }, 410],
  ])("is not verified by %s", async (_, body, status) => {
    const answer = await post("/v1/signups/verify", body);

    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat \S+\.ts|Error:|SQLITE|DurableObject/);
  });

  it("takes the address on the network of whoever it is from from nobody without the key", async () => {
    const body = { email: "carol@example.com", address: "192.0.2.9" };

    expect(await post("/v1/signups", body)).toMatchObject({ status: 401 });
    expect(await platform.json("POST", "/v1/signups", body)).toMatchObject({ status: 202 });
  });
});

describe("sign-ups while the mail is down, objects end, and everything is delivered again", () => {
  it("get each a mail, each verified person is a user once, and none is welcomed twice", async () => {
    const disturb = async (client: HttpClient): Promise<HttpClient> => {
      const rules = [{ collection: "_mailbox", failRate: 1 }];
      await client.json("PUT", "/v1/faults", { rules });
      for (const name of "0123456789abcdef") await evictIfRunning(name);
      await sleep(300);
      await client.json("PUT", "/v1/faults", { rules: [] });
      return client;
    };

    const found = await runSignupTrial(platform, { people: 20, parts: 2, disturb, drainMs: 60_000 });
    await deliverAgain(platform);
    await settled("identity.verified");

    const { everybody, verifying, links, users, welcomes, verified } = found;
    expect(found).toMatchObject({ inFlight: 0, dead: 0 });
    expect(everybody.filter((address) => !links.has(address))).toEqual([]);
    expect([...verified.keys()].toSorted()).toEqual(verifying.toSorted());
    expect([...verified.values()].every((times) => times === 1)).toBe(true);
    const once = new Map(verifying.map((address) => [address, 1]));
    expect(ours(users)).toEqual(once);
    expect(ours(welcomes)).toEqual(once);
    const after = await exported<Mail>(platform, "_mailbox");
    expect(after.filter(({ pipeline }) => pipeline === "signup-welcome")).toHaveLength(
      [...welcomes.values()].length,
    );
  });
});

/** Those of the trial, not of the tests before. */
function ours(counts: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...counts].filter(([address]) => address.startsWith("person-")));
}

async function evictIfRunning(name: string): Promise<void> {
  try {
    await platform.evict({ worker: "identity", className: "Signups", name });
  } catch (error) {
    if (!/not currently running|active references/.test(String(error))) throw error;
  }
}

/** Every event of sign-ups goes through its pipelines once more. */
async function deliverAgain(client: HttpClient): Promise<void> {
  const range = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
  for (const [topic, pipeline] of [
    ["identity.signup", "signup"],
    ["identity.verified", "signup-users"],
    ["identity.verified", "signup-welcome"],
    ["identity.verified", "signup-mailing-list"],
  ]) {
    const { status, body } = await client.json("POST", `/v1/topics/${topic}/replay`, { pipeline, ...range });
    if (status >= 300) throw new Error(JSON.stringify(body));
  }
}
