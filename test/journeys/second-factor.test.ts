import { createRemoteJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT } from "jose";
import jsqr from "jsqr";
import { generate } from "otplib";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { receiveCodes, wrongCode, type Codes } from "../support/codes.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import {
  ENROLLMENTS,
  eventually,
  secondFactor,
  shapeOf,
  type Found,
  type Opened,
} from "../support/second-factor.ts";

let platform: Platform;
let codes: Codes;

const { enroll, confirm, authenticator, open, verify } = secondFactor(() => platform);

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.02, vars: { UMBEL_WEBHOOKS_PRIVATE: "1" } });
  codes = await receiveCodes(platform);
});

describe("an authenticator written by somebody else", () => {
  it("enrols, confirms and verifies, each code once", async () => {
    const { enrollment, otpauthUrl, secret } = await enroll("ada", { label: "ada@umbel.test" });
    const url = new URL(otpauthUrl);
    expect(decodeURIComponent(url.pathname)).toBe("/Umbel:ada@umbel.test");
    expect(url.searchParams.get("secret")).toBe(secret);
    const now = Math.floor(Date.now() / 1000);
    const confirming = await generate({ secret, epoch: now });
    expect((await confirm(enrollment, wrongCode(confirming))).status).toBe(401);
    expect((await confirm(enrollment, confirming)).status).toBe(200);
    expect((await confirm(enrollment, confirming)).status).toBe(409);

    const again = await verify(await open("ada"), confirming);
    expect([again.status, again.body.code]).toEqual([401, "wrong-code"]);
    const code = await generate({ secret, epoch: now + 30 });
    const right = await verify(await open("ada"), `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(right).toMatchObject({ status: 200, body: { verified: true } });
    expect((await verify(await open("ada"), code)).status).toBe(401);
  });

  it("is told by a QR code what the URL says", async () => {
    const { otpauthUrl, qrSvg } = await enroll("qr ✓/ä", { label: "Zoë's phone: 2 ✓" });

    const { data, info } = await sharp(Buffer.from(qrSvg))
      .resize(900, 900, { kernel: "nearest" })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const read = jsqr(new Uint8ClampedArray(data), info.width, info.height);

    expect(read?.data).toBe(otpauthUrl);
  });

  it("does not count before it is confirmed, and leaves the former one alone until then", async () => {
    const first = await authenticator("grace");
    const second = await enroll("grace");

    const early = await generate({ secret: second.secret });
    expect((await verify(await open("grace"), early)).status).toBe(401);
    expect((await verify(await open("grace"), await first.codeAt(30))).status).toBe(200);
    expect((await confirm(second.enrollment, await generate({ secret: second.secret }))).status).toBe(200);

    const old = await verify(await open("grace"), first.recoveryCodes[0]);
    expect(old.status).toBe(401);
    const listed = await platform.json("GET", `${ENROLLMENTS}?account=grace`);
    expect(listed.body).toEqual({
      enrollments: [
        {
          enrollment: second.enrollment,
          state: "confirmed",
          createdAt: expect.any(String),
          confirmedAt: expect.any(String),
          recoveryCodesLeft: 10,
        },
      ],
    });
  });

  it("is replaced, while it waits to be confirmed, by the next that is begun", async () => {
    const first = await enroll("joan");
    const second = await enroll("joan");

    const late = await confirm(first.enrollment, await generate({ secret: first.secret }));
    expect(late.status).toBe(404);
    expect((await confirm(second.enrollment, await generate({ secret: second.secret }))).status).toBe(200);
  });

  it("is refused with the code of two steps ago", async () => {
    const { codeAt } = await authenticator("mary");

    expect((await verify(await open("mary"), await codeAt(-60))).status).toBe(401);
    expect((await verify(await open("mary"), await codeAt(30))).status).toBe(200);
  });

  it("no longer counts once it is removed, and neither do its recovery codes", async () => {
    const { enrollment, codeAt, recoveryCodes } = await authenticator("hedy");
    expect((await platform.json("DELETE", `${ENROLLMENTS}/${enrollment}`)).status).toBe(204);

    const challenge = await open("hedy");
    expect((await verify(challenge, await codeAt(30))).status).toBe(401);
    expect((await verify(challenge, recoveryCodes[0])).status).toBe(401);
    expect((await platform.json("DELETE", `${ENROLLMENTS}/${enrollment}`)).status).toBe(404);
    expect((await platform.json("GET", `${ENROLLMENTS}?account=hedy`)).body).toEqual({ enrollments: [] });
  });

  it("takes ten wrong codes to be confirmed, and then none", async () => {
    const { enrollment, secret } = await enroll("rosa");
    const code = await generate({ secret });
    for (let n = 1; n <= 10; n++) {
      expect((await confirm(enrollment, wrongCode(code, 7 * n))).status).toBe(401);
    }

    const { status, headers } = await confirm(enrollment, code);
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(3000);
  });
});

describe("recovery codes", () => {
  it("are ten, each of which answers one challenge, however it is typed", async () => {
    const { recoveryCodes } = await authenticator("alan");
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = "", second = ""] = recoveryCodes;

    const right = await verify(await open("alan"), first.toLowerCase().replaceAll("-", " "));
    expect(right.status).toBe(200);
    expect(decodeJwt(right.body.token ?? "")).toMatchObject({ sub: "alan", method: "recovery" });
    expect((await verify(await open("alan"), first)).status).toBe(401);
    const [one, other] = await Promise.all([
      verify(await open("alan", { address: "192.0.2.1" }), second),
      verify(await open("alan", { address: "192.0.2.2" }), second),
    ]);
    expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 401]);
    expect((await platform.json("GET", `${ENROLLMENTS}?account=alan`)).body).toMatchObject({
      enrollments: [{ recoveryCodesLeft: 8 }],
    });
  });
});

describe("a challenge", () => {
  it("sends a code by the pipeline that the user made, and is answered by it once", async () => {
    const challenge = await open("barbara", { purpose: "payment" });
    const [code = ""] = await codes.of("barbara");
    expect(code).toMatch(/^\d{6}$/);
    expect(codes.all().find(({ account }) => account === "barbara")).toEqual({
      account: "barbara",
      purpose: "payment",
      code,
      expiresAt: expect.any(String),
    });

    expect((await verify(challenge, wrongCode(code))).status).toBe(401);
    const right = await verify(challenge, code);
    const second = await verify(challenge, code);

    expect(right.status).toBe(200);
    expect([second.status, second.body.code]).toEqual([410, "gone"]);
  });

  it("is answered by a token that the published keys verify, and no other key's", async () => {
    const challenge = await open("katherine");
    const [code] = await codes.of("katherine");
    const { body } = await verify(challenge, code);
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", platform.url));

    const { payload, protectedHeader } = await jwtVerify(body.token ?? "", keys, {
      issuer: platform.url,
      audience: "umbel",
    });
    expect(protectedHeader).toMatchObject({ alg: "EdDSA", kid: expect.any(String) });
    expect(payload).toEqual({
      iss: platform.url,
      aud: "umbel",
      sub: "katherine",
      amr: ["otp"],
      purpose: "login",
      method: "code",
      challenge,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);

    const { privateKey } = await generateKeyPair("EdDSA");
    const forged = await new SignJWT(payload)
      .setProtectedHeader({ ...protectedHeader, alg: "EdDSA" })
      .sign(privateKey);
    await expect(jwtVerify(forged, keys)).rejects.toThrow("signature verification failed");
  });

  it("voids the one before it from the same network, and none from another", async () => {
    const elsewhere = await open("annie", { purpose: "elsewhere", address: "198.51.100.1" });
    const first = await open("annie", { purpose: "first", address: "2001:db8::1" });
    const second = await open("annie", { purpose: "second", address: "2001:db8::2" });
    await codes.of("annie", 3);
    const sent = (purpose: string) =>
      codes.all().find((each) => each.account === "annie" && each.purpose === purpose)?.code;

    expect((await verify(first, sent("first"))).status).toBe(410);
    expect((await verify(second, sent("second"))).status).toBe(200);
    expect((await verify(elsewhere, sent("elsewhere"))).status).toBe(200);
  });

  it("takes five answers, and then none, the right one included", async () => {
    const challenge = await open("edith");
    const [code = ""] = await codes.of("edith");
    for (let n = 1; n <= 5; n++) expect((await verify(challenge, wrongCode(code, n))).status).toBe(401);

    const { status, headers, body } = await verify(challenge, code);
    expect([status, body.code]).toEqual([429, "rate-limited"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(500);
    expect(headers.get("ratelimit")).toMatch(/^"tries";r=0;t=\d+$/);
    expect(headers.get("ratelimit-policy")).toBe('"tries";q=5;w=600');
    expect((await verify(await open("edith"), (await codes.of("edith", 2))[1])).status).toBe(200);
  });

  it("is opened and answered in the same words for an account that has an authenticator, and one that has none", async () => {
    await authenticator("known");
    const shapes = await Promise.all(
      ["known", "unknown"].map(async (account) => {
        const opened = await platform.json<Opened>("POST", "/v1/identity/challenges", { account });
        const wrong = await verify(opened.body.challenge, "abcdef");
        return { opened: shapeOf(opened), wrong: shapeOf(wrong) };
      }),
    );

    expect(shapes[0]).toEqual(shapes[1]);
  });
});

describe("200 guesses at once over HTTP, from as many networks", () => {
  it("are compared five times, and leave the owner's next challenge alone", async () => {
    const challenge = await open("frances");
    const [code = ""] = await codes.of("frances");
    const guesses = Array.from({ length: 200 }, async (_, n) => {
      const { status } = await verify(challenge, wrongCode(code, n + 1), `198.18.0.${n}`);
      return status;
    });
    const statuses = await Promise.all(guesses);

    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(195);
    expect((await verify(await open("frances"), (await codes.of("frances", 2))[1])).status).toBe(200);
  });
});

describe("a stranger who guesses until nothing is answered any more", () => {
  it("does not lock the owner out from another address", async () => {
    const [stranger, owner] = ["198.51.100.66", "203.0.113.8"];
    const { codeAt } = await authenticator("radia");
    const challenge = await open("radia", { address: owner });
    for (let opened = 0; opened < 4; opened++) {
      const guessed = await open("radia", { address: stranger });
      for (let n = 0; n < 5; n++) expect((await verify(guessed, "no code", stranger)).status).toBe(401);
    }
    const refused = await verify(await open("radia", { address: stranger }), "no code", stranger);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("ratelimit-policy")).toBe('"answers";q=20;w=18000');
    expect(refused.headers.get("retry-after")).toMatch(/^(8[0-9]\d|900)$/);

    expect((await verify(challenge, await codeAt(30), owner)).status).toBe(200);
  });
});

describe("a code that could not be delivered", () => {
  it("is in no dead letter, in no kept event, and is not sent later", async () => {
    const pipeline = await platform.json("PUT", "/v1/pipelines/broken", {
      topic: "identity.challenge",
      filter: "subject = 'dorothy'",
      steps: [
        { use: "rename", with: { fields: { code: "text" } } },
        { use: "fail", with: { message: "no" } },
      ],
      deliver: [{ reply: true }],
    });
    expect(pipeline.status, JSON.stringify(pipeline.body)).toBe(201);
    const kept = await platform.json("PUT", "/v1/pipelines/kept", {
      topic: "identity.challenge",
      filter: "subject = 'dorothy'",
      deliver: [{ reply: true }],
      keep: true,
    });
    expect(kept.status, JSON.stringify(kept.body)).toBe(201);
    await open("dorothy");
    const [code = ""] = await codes.of("dorothy");

    const letters = await eventually(
      () => platform.json<{ deadLetters: { id: string }[] }>("GET", "/v1/dead-letters?pipeline=broken"),
      ({ body }) => body.deadLetters.length > 0,
    );
    expect(letters.body.deadLetters[0]).toMatchObject({
      subject: "dorothy",
      error: expect.stringContaining("no"),
    });
    expect(JSON.stringify(letters.body)).not.toContain(code);
    const replayed = await platform.json(
      "POST",
      `/v1/dead-letters/${letters.body.deadLetters[0]?.id}/replay`,
    );
    expect(replayed.status).toBe(410);
    const events = await eventually(
      () => platform.json<Found>("POST", "/v1/collections/_events/search", { filter: "pipeline = 'kept'" }),
      ({ body }) => body.hits.length > 0,
    );
    expect(events.body.hits[0]?.document).toMatchObject({ subject: "dorothy", type: "identity.challenge" });
    expect(JSON.stringify(events.body)).not.toContain(code);
    const topic = await platform.json("GET", "/v1/topics/identity.challenge");
    expect(topic.body).toMatchObject({ settings: { retentionMs: 600_000, deadRetentionMs: 600_000 } });
  });
});

describe("the audit", () => {
  it("has every step in _events, with who, what, when and from where", async () => {
    const { enrollment, codeAt } = await authenticator("margaret", { address: "192.0.2.4" });
    const challenge = await open("margaret", { address: "198.51.100.7" });
    await verify(challenge, "no code", "2001:db8::9");
    await verify(challenge, await codeAt(30), "198.51.100.7");
    await platform.json("DELETE", `${ENROLLMENTS}/${enrollment}`);

    const { body } = await eventually(
      () =>
        platform.json<Found>("POST", "/v1/collections/_events/search", {
          filter: "topic = 'identity.audit' AND subject = 'margaret'",
          sort: ["acceptedAt"],
          limit: 100,
        }),
      ({ body: { hits } }) => hits.length === 6,
    );
    const steps = body.hits.map(({ document: { type, event } }) => [
      type,
      event.data["address"],
      event.data["reason"],
    ]);
    expect(new Set(steps.map((step) => step.join(" ")))).toEqual(
      new Set([
        "identity.enrollment.begun 192.0.2.4 ",
        "identity.enrollment.confirmed  ",
        "identity.challenge.opened 198.51.100.7 ",
        "identity.challenge.refused 2001:db8::9 wrong",
        "identity.challenge.verified 198.51.100.7 ",
        "identity.enrollment.removed  ",
      ]),
    );
    for (const { document } of body.hits) {
      expect(Date.parse(document.event.time)).toBeGreaterThan(Date.now() - 600_000);
    }
  });
});

describe("what is no code", () => {
  it.each(["12 34", "abcdef", "１２３４５６", "123456789012345678", "12345\u0000", "💥"])(
    "the code %j is as wrong as any other",
    async (code) => {
      const { status, headers, body } = await verify(
        await open(`typing-${code.length}-${code}`.slice(0, 20).replaceAll("\0", "")),
        code,
      );
      expect([status, body.code, headers.get("www-authenticate")]).toEqual([401, "wrong-code", null]);
    },
  );

  it("a body beyond the limit is too large", async () => {
    const response = await platform.fetch("/v1/identity/challenges/x/verify", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: "1".repeat(11 * 1024 * 1024) }),
    });
    expect(response.status).toBe(413);
    await response.body?.cancel();
  });

  it("an address is believed of nobody but who has the key", async () => {
    const send = (authorization: string) =>
      fetch(`${platform.url}/v1/identity/challenges/x/verify`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: JSON.stringify({ code: "123456", address: "192.0.2.1" }),
      });
    expect((await send("Bearer wrong")).status).toBe(401);
    expect((await send(`Bearer ${platform.key}`)).status).toBe(410);
    const opened = await fetch(`${platform.url}/v1/identity/challenges`, { method: "POST", body: "{}" });
    expect(opened.status).toBe(401);
  });
});
