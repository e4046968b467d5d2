import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { giveBack, limited, limitState, takeOne } from "../../../decorators/identity/limits/gcra.ts";
import { isPersonal, networkOf, networkOfClient } from "../../../decorators/identity/limits/network.ts";

const policy = { name: "tries", burst: 3, refillMs: 1000 };

/** What is allowed of requests at these times. */
function allowed(times: readonly number[]): boolean[] {
  let fullAt = 0;
  return times.map((now) => {
    const verdict = takeOne(policy, fullAt, now);
    fullAt = verdict.fullAt;
    return verdict.allowed;
  });
}

describe("a limit", () => {
  it("gives its burst at once, and then one at each refill", () => {
    expect(allowed([0, 0, 0, 0, 999, 1000, 1000, 2000])).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it("says how many are left, when one is to be had, and when all are back", () => {
    expect(takeOne(policy, 0, 500)).toMatchObject({ allowed: true, remaining: 2, resetMs: 1000, retryMs: 0 });
    expect(takeOne(policy, 3500, 700)).toMatchObject({
      allowed: false,
      remaining: 0,
      retryMs: 800,
      fullAt: 3500,
    });
  });

  it("takes back what did not count", () => {
    const { fullAt } = takeOne(policy, 0, 500);
    expect(limitState(policy, giveBack(policy, fullAt), 500).remaining).toBe(3);
  });

  it("never gives more in a time than its burst and what came back, and gives at the time that it said", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(800), { minLength: 1, maxLength: 60 }), (gaps) => {
        const times = gaps.map((_, at) => gaps.slice(0, at + 1).reduce((sum, gap) => sum + gap, 1));
        const verdicts = allowed(times);
        for (let from = 0; from < times.length; from++) {
          for (let to = from; to < times.length; to++) {
            const span = (times[to] ?? 0) - (times[from] ?? 0);
            const given = verdicts.slice(from, to + 1).filter(Boolean).length;
            expect(given).toBeLessThanOrEqual(policy.burst + Math.floor(span / policy.refillMs));
          }
        }
      }),
    );
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (fullAt, now) => {
        const verdict = takeOne(policy, fullAt, now);
        if (verdict.allowed) return;
        expect(takeOne(policy, fullAt, now + verdict.retryMs).allowed).toBe(true);
        expect(takeOne(policy, fullAt, now + verdict.retryMs - 1).allowed).toBe(false);
      }),
    );
  });

  it("is answered with what it is and when to come again", () => {
    expect(limited(policy, 800, "Too many.")).toEqual({
      ok: false,
      code: "rate-limited",
      message: "Too many.",
      limit: { policy: "tries", quota: 3, windowMs: 3000, retryMs: 800 },
    });
  });
});

describe("the network of an address", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8::1", "2001:db8:0:0/64"],
    ["2001:0DB8:0000:0000:ffff:1:2:3", "2001:db8:0:0/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2/64"],
    ["::1", "0:0:0:0/64"],
    ["fe80::1%eth0", "fe80:0:0:0/64"],
    [undefined, ""],
  ])("of %j is %j", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it("that is a server's is told apart from a person's, and is nobody's own", () => {
    const address = "203.0.113.7";
    const [person, server] = [true, false].map((isPerson) => networkOfClient({ address, isPerson }));
    expect(person).toBe(address);
    expect(server).not.toBe(address);
    expect(
      [person, server, networkOfClient({ isPerson: true })].map((each = "") => isPersonal(each)),
    ).toEqual([true, false, false]);
  });

  it("is bounded, whatever is sent for an address", () => {
    expect(networkOf("x".repeat(10_000)).length).toBe(64);
  });
});
