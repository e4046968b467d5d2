import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { env } = workerUnderTest<PipelinesBindings, typeof import("../../../decorators/pipelines/index.ts")>();

const state = () => env.STEP_STATE.getByName(`test-${crypto.randomUUID()}`);

/** Sets the clock forward from when the test began. */
function clock() {
  const start = Date.now();
  return (ms: number) => vi.spyOn(Date, "now").mockReturnValue(start + ms);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a claim", () => {
  it("is its first owner's for the window, whoever asks, also after the object was gone", async () => {
    const [stub, pass] = [state(), clock()];
    const claim = (owner: string) => stub.claim({ key: "k", owner, windowMs: 1_000 });

    pass(0);
    expect(await Promise.all([claim("a"), claim("b"), claim("a")])).toEqual([true, false, true]);
    await evictDurableObject(stub);
    pass(999);
    expect([await claim("b"), await claim("a")]).toEqual([false, true]);
    pass(1_000);
    expect([await claim("b"), await claim("a")]).toEqual([true, false]);
  });
});

describe("a claim that is let go", () => {
  it("is the next one's to make, unless somebody else holds it", async () => {
    const stub = state();
    const claim = (owner: string) => stub.claim({ key: "k", owner, windowMs: 60_000 });

    await claim("a");
    await stub.release({ key: "k", owner: "b" });
    expect(await claim("b")).toBe(false);
    await stub.release({ key: "k", owner: "a" });
    expect([await claim("b"), await claim("a")]).toEqual([true, false]);
  });
});

describe("permits", () => {
  const rate = { key: "k", permits: 2, intervalMs: 1_000, burst: 2 };

  it("are as many as the bucket holds, then as many as come in, and who waits is told how long", async () => {
    const [stub, pass] = [state(), clock()];
    const take = (owner: string) => stub.take({ ...rate, owner });
    pass(0);

    expect([await take("a"), await take("b"), await take("c")]).toEqual([0, 0, 500]);
    pass(499);
    expect(await take("c")).toBeGreaterThan(0);
    pass(501);
    expect(await take("c")).toBe(0);
    expect(await take("d")).toBeGreaterThan(490);
  });

  it("are held by who has one, and not taken twice", async () => {
    const [stub, pass] = [state(), clock()];
    pass(0);
    for (const _ of [1, 2, 3]) expect(await stub.take({ ...rate, owner: "a" })).toBe(0);

    expect(await stub.take({ ...rate, owner: "b" })).toBe(0);
    expect(await stub.take({ ...rate, owner: "c" })).toBeGreaterThan(0);
  });
});

it("what has expired is let go by an alarm, and no alarm is left when nothing is", async () => {
  const [stub, pass] = [state(), clock()];
  await stub.claim({ key: "k", owner: "a", windowMs: 1_000 });
  await stub.take({ key: "k", owner: "a", permits: 1, intervalMs: 1_000, burst: 1 });
  pass(10_000);
  await runDurableObjectAlarm(stub);

  await runInDurableObject(stub, async (_, { storage }) => {
    for (const table of ["claims", "buckets", "holds"]) {
      expect(storage.sql.exec(`SELECT * FROM ${table}`).toArray()).toEqual([]);
    }
    expect(await storage.getAlarm()).toBeNull();
  });
});
