import { afterEach, describe, expect, it, vi } from "vitest";
import { ADDRESS, atDesk, outcomeOf, type Challenge, type Work } from "./desk.ts";

afterEach(() => vi.restoreAllMocks());

/** An address for each number: each a network of its own. */
const addressOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

/** Not the code that was sent, and not of an authenticator but for one chance in a million. */
const wrongFor = ({ sent }: Challenge, n = 1) =>
  String((Number(sent) + n) % 10 ** sent.length).padStart(sent.length, "0");

/** Strangers answer wrongly until their guesses no longer count. */
async function guess({ open, answer }: Work, account: string): Promise<void> {
  for (let n = 0; n < 10; n++) {
    const challenge = await open(account, addressOf(n));
    for (let tries = 0; tries < 5; tries++) {
      expect(outcomeOf(await answer(challenge, wrongFor(challenge, tries + 1), addressOf(n)))).toBe(
        "wrong-code",
      );
    }
  }
}

describe("10,000 guesses at once", () => {
  it("are compared five times, wherever they come from", { timeout: 300_000 }, async () => {
    await atDesk(async ({ open, answer, authenticator, published, sql }) => {
      await authenticator("ada");
      const challenge = await open("ada");
      const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");

      const guesses = Array.from({ length: 10_000 }, (_, n) =>
        answer(challenge, wrongFor(challenge, n + 1), addressOf(n)),
      );
      const outcomes = Map.groupBy((await Promise.all(guesses)).map(outcomeOf), (outcome) => outcome);

      expect([...outcomes].map(([outcome, all]) => [outcome, all.length])).toEqual(
        expect.arrayContaining([
          ["wrong-code", 5],
          ["rate-limited", 9995],
        ]),
      );
      // Each with the code that was sent, three of the authenticator, and ten recovery codes.
      expect(compare).toHaveBeenCalledTimes(5 * 14);
      expect(outcomeOf(await answer(challenge, challenge.sent))).toBe("rate-limited");
      expect(sql.exec("SELECT tries FROM challenges").toArray()).toEqual([{ tries: 5 }]);
      // Nor do they become a flood of events.
      expect(published("identity.audit").length).toBeLessThan(25);
    });
  });

  it("find a code once, if it is among the first five", async () => {
    await atDesk(async ({ open, answer }) => {
      const challenge = await open("ada");
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => answer(challenge, challenge.sent, addressOf(n))),
      );
      const outcomes = answers.map(outcomeOf);

      expect(outcomes.filter((outcome) => outcome === "code")).toHaveLength(1);
      expect(outcomes.slice(0, 5).filter((outcome) => outcome === "gone")).toHaveLength(4);
      expect(outcomes.slice(5).every((outcome) => outcome === "rate-limited" || outcome === "gone")).toBe(
        true,
      );
    });
  });

  it("use a time step, and a recovery code, once", async () => {
    await atDesk(async ({ open, answer, authenticator }) => {
      const { code, recoveryCodes } = await authenticator("ada");
      for (const given of [code(1), recoveryCodes[3] ?? ""]) {
        const challenges = [];
        for (let n = 0; n < 5; n++) challenges.push(await open("ada", addressOf(n)));
        const answers = await Promise.all(
          challenges.map((challenge, n) => answer(challenge, given, addressOf(n))),
        );

        expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
        expect(answers.filter((each) => outcomeOf(each) === "wrong-code")).toHaveLength(4);
      }
    });
  });
});

describe("a stranger who guesses", () => {
  it("is refused from one network, while the owner answers from another", async () => {
    await atDesk(async ({ open, answer, clock }) => {
      const stranger = addressOf(1);
      for (let n = 0; n < 4; n++) {
        const challenge = await open("ada", stranger);
        for (let tries = 1; tries <= 5; tries++)
          await answer(challenge, wrongFor(challenge, tries), stranger);
      }
      const challenge = await open("ada", stranger);
      expect(await answer(challenge, wrongFor(challenge), stranger)).toMatchObject({
        code: "rate-limited",
        limit: { policy: "answers", retryMs: 900_000 },
      });

      const own = await open("ada");
      expect(outcomeOf(await answer(own, own.sent))).toBe("code");
      clock.now += 900_000;
      const later = await open("ada", stranger);
      expect(outcomeOf(await answer(later, wrongFor(later), stranger))).toBe("wrong-code");
      expect(outcomeOf(await answer(later, wrongFor(later), stranger))).toBe("rate-limited");
    });
  });

  it("neither locks the owner out from everywhere, nor guesses on: codes are longer, and authenticators' count where it is known", async () => {
    await atDesk(async (work) => {
      const { open, answer, authenticator } = work;
      const { code, recoveryCodes } = await authenticator("ada");
      const before = await open("ada");
      expect(before.sent).toHaveLength(6);
      expect(outcomeOf(await answer(before, before.sent))).toBe("code");

      await guess(work, "ada");

      const elsewhere = "198.51.100.9";
      const long = await open("ada", elsewhere);
      expect(long.sent).toMatch(/^\d{10}$/);
      expect(outcomeOf(await answer(long, code(1), elsewhere))).toBe("wrong-code");
      expect(outcomeOf(await answer(long, recoveryCodes[0] ?? "", elsewhere))).toBe("recovery");
      const next = await open("ada", "198.51.100.10");
      expect(outcomeOf(await answer(next, next.sent, "198.51.100.10"))).toBe("code");
      const home = await open("ada");
      expect(home.sent).toHaveLength(6);
      expect(outcomeOf(await answer(home, code(1)))).toBe("totp");
    });
  });

  it("does the same to an account that has no authenticator", async () => {
    await atDesk(async (work) => {
      await guess(work, "nobody");
      const long = await work.open("nobody", "198.51.100.9");
      expect(long.sent).toHaveLength(10);
      expect(outcomeOf(await work.answer(long, long.sent, "198.51.100.9"))).toBe("code");
    });
  });

  it("makes so many messages and no more, and leaves the owner's networks alone", async () => {
    await atDesk(async ({ open, answer, published, clock }) => {
      const own = await open("ada");
      await answer(own, own.sent);
      for (let n = 0; n < 3; n++) {
        for (let times = 0; times < 10; times++) {
          await open("ada", addressOf(n)).catch(() => undefined);
        }
      }
      await expect(open("ada", addressOf(99))).rejects.toThrow("rate-limited");
      expect(published("identity.challenge").length).toBe(30);

      await open("ada");
      for (let times = 1; times < 9; times++) await open("ada");
      await expect(open("ada")).rejects.toThrow("rate-limited");
      clock.now += 60_000;
      await open("ada");
    });
  });

  it("does not void the owner's challenge by opening one", async () => {
    await atDesk(async ({ open, answer }) => {
      const own = await open("ada", ADDRESS);
      await open("ada", addressOf(5));
      expect(outcomeOf(await answer(own, own.sent, ADDRESS))).toBe("code");
    });
  });
});
