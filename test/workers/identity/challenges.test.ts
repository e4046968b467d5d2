import { describe, expect, it } from "vitest";
import { atDesk, outcomeOf, ringOf } from "./desk.ts";

const MINUTE_MS = 60_000;

describe("a challenge", () => {
  it("is over after ten minutes", async () => {
    await atDesk(async ({ open, answer, clock }) => {
      const [first, second] = [await open("ada", "192.0.2.1"), await open("ada", "192.0.2.2")];
      clock.now += 10 * MINUTE_MS - 1;
      expect(outcomeOf(await answer(first, first.sent))).toBe("code");
      clock.now += 1;
      expect(outcomeOf(await answer(second, second.sent))).toBe("gone");
    });
  });

  it("knows no other account's code, and none of another challenge", async () => {
    await atDesk(async ({ open, answer }) => {
      const ada = await open("ada");
      const grace = await open("grace");
      const other = await open("ada", "192.0.2.1");
      expect(outcomeOf(await answer(ada, grace.sent))).toBe("wrong-code");
      expect(outcomeOf(await answer(ada, other.sent))).toBe("wrong-code");
      expect(outcomeOf(await answer({ ...ada, account: grace.account }, ada.sent))).toBe("gone");
    });
  });

  it("leaves no code and no secret where anything is kept but the event that brings the code", async () => {
    await atDesk(async ({ open, answer, authenticator, published, sql }) => {
      const { code, recoveryCodes } = await authenticator("ada");
      const challenge = await open("ada");
      const given = code(1);
      await answer(challenge, "000000");
      await answer(challenge, given);

      const audits = published("identity.audit");
      expect(audits.map(({ type }) => type)).toEqual([
        "identity.enrollment.begun",
        "identity.enrollment.confirmed",
        "identity.challenge.opened",
        "identity.challenge.refused",
        "identity.challenge.verified",
      ]);
      expect(audits.at(-1)).toMatchObject({
        source: "/v1/identity",
        subject: "ada",
        time: "2026-11-25T12:00:00.000Z",
        data: {
          action: "challenge.verified",
          subject: "ada",
          address: "203.0.113.1",
          purpose: "login",
          method: "totp",
          challenge: challenge.nonce,
        },
      });
      const tables = ["enrollments", "challenges", "limits", "familiar"];
      const kept = JSON.stringify([
        audits,
        ...tables.map((table) => sql.exec(`SELECT * FROM ${table}`).toArray()),
      ]);
      for (const secret of [challenge.sent, given, ...recoveryCodes])
        expect(kept).not.toContain(`"${secret}"`);
    });
  });

  it("says in the event that brings its code nothing by which it could be answered", async () => {
    await atDesk(async ({ open, published }) => {
      const { nonce, sent } = await open("ada");
      const [event] = published("identity.challenge");
      expect(event).toEqual({
        specversion: "1.0",
        id: expect.any(String),
        source: "/v1/identity",
        type: "identity.challenge",
        subject: "ada",
        time: "2026-11-25T12:00:00.000Z",
        datacontenttype: "application/json",
        umbelconfidential: true,
        data: { account: "ada", purpose: "login", code: sent, expiresAt: "2026-11-25T12:10:00.000Z" },
      });
      expect(JSON.stringify(event)).not.toContain(nonce);
    });
  });

  it("of an account without an authenticator is answered by nobody else's", async () => {
    await atDesk(async ({ open, answer, authenticator }) => {
      const { code, recoveryCodes } = await authenticator("ada");
      for (let n = 0; n < 20; n++) {
        const challenge = await open(`nobody-${n}`, `192.0.2.${n}`);
        expect(outcomeOf(await answer(challenge, code(1), `192.0.2.${n}`))).toBe("wrong-code");
        expect(outcomeOf(await answer(challenge, recoveryCodes[0] ?? "", `192.0.2.${n}`))).toBe("wrong-code");
      }
      expect(outcomeOf(await answer(await open("ada"), code(1)))).toBe("totp");
    });
  });
});

describe("the key ring's change", () => {
  it("takes authenticators along as they are used, with their recovery codes", async () => {
    await atDesk(async ({ desk, open, answer, authenticator, sql, clock }) => {
      const { code, recoveryCodes } = await authenticator("ada");
      const waiting = await open("ada", "192.0.2.7");
      desk.ring = ringOf("new", "old");
      expect(outcomeOf(await answer(waiting, waiting.sent, "192.0.2.7"))).toBe("code");
      const keys = () =>
        sql
          .exec<{ key: string }>("SELECT key FROM enrollments WHERE name = 'ada'")
          .toArray()
          .map(({ key }) => key);
      expect(keys()).toEqual(["new"]);

      desk.ring = ringOf("new");
      clock.now += MINUTE_MS;
      expect(outcomeOf(await answer(await open("ada"), code(0)))).toBe("totp");
      expect(outcomeOf(await answer(await open("ada"), recoveryCodes[9] ?? ""))).toBe("recovery");
    });
  });

  it("makes what is under a key that is gone match nothing, and nothing else fail", async () => {
    await atDesk(async ({ desk, open, answer, authenticator }) => {
      const { code, recoveryCodes } = await authenticator("ada");
      desk.ring = ringOf("new");
      const challenge = await open("ada");
      expect(outcomeOf(await answer(challenge, code(1)))).toBe("wrong-code");
      expect(outcomeOf(await answer(challenge, recoveryCodes[0] ?? ""))).toBe("wrong-code");
      expect(outcomeOf(await answer(challenge, challenge.sent))).toBe("code");
    });
  });
});
