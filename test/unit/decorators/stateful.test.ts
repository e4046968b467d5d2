/** Steps that remember events: what they remember survives a retry, and a retry is no repetition. */
import { describe, expect, it } from "vitest";
import { Later } from "../../../decorators/contract.ts";
import { contextWith, memoryServices } from "./memory-services.ts";
import { run } from "./prepare.ts";

/** A platform whose clock is set by hand. */
function world() {
  const clock = { now: Date.parse("2026-03-01T12:00:00Z") };
  const services = memoryServices({ now: () => clock.now });
  const at = (occurrence: string, pipeline = "p", attempt = 1) =>
    contextWith({ services, occurrence, pipeline, attempt, now: clock.now });
  return { clock, at };
}

const order = (id: string, data: object = { order: "o-1" }) => ({ id, data });

describe("dedupe", () => {
  const options = { by: "order", windowSeconds: 60 };

  it("lets the first event of a key go on, and filters those that follow", async () => {
    const { at } = world();

    expect(await run("dedupe", options, order("1"), at("t/1/0"))).toHaveLength(1);
    expect(await run("dedupe", options, order("2"), at("t/2/0"))).toEqual([]);
    expect(await run("dedupe", options, order("3", { order: "o-2" }), at("t/3/0"))).toHaveLength(1);
  });

  it("does not take an event that is tried again for its own repetition", async () => {
    const { at } = world();
    await run("dedupe", options, order("1"), at("t/1/0"));

    expect(await run("dedupe", options, order("1"), at("t/1/0", "p", 2))).toHaveLength(1);
  });

  it("takes the same event for a repetition when its sender sends it again", async () => {
    const { at } = world();

    expect(await run("dedupe", {}, order("1"), at("t/1/0"))).toHaveLength(1);
    expect(await run("dedupe", {}, order("1"), at("t/9/0"))).toEqual([]);
    expect(await run("dedupe", {}, order("1"), at("t/1/0", "p", 2))).toHaveLength(1);
  });

  it("tells the events of a split apart", async () => {
    const { at } = world();

    expect(await run("dedupe", options, order("1:0"), at("t/1/0"))).toHaveLength(1);
    expect(await run("dedupe", options, order("1:1"), at("t/1/0"))).toEqual([]);
  });

  it("forgets a key when its window has passed, which a repetition does not extend", async () => {
    const { clock, at } = world();
    await run("dedupe", options, order("1"), at("t/1/0"));
    clock.now += 59_000;
    expect(await run("dedupe", options, order("2"), at("t/2/0"))).toEqual([]);
    clock.now += 2_000;

    expect(await run("dedupe", options, order("3"), at("t/3/0"))).toHaveLength(1);
  });

  it("of one pipeline knows nothing of another's, but for what has one scope", async () => {
    const { at } = world();
    await run("dedupe", options, order("1"), at("t/1/0", "p"));
    await run("dedupe", { ...options, scope: "orders" }, order("1"), at("t/1/0", "p"));

    expect(await run("dedupe", options, order("2"), at("t/2/0", "q"))).toHaveLength(1);
    expect(await run("dedupe", { ...options, scope: "orders" }, order("2"), at("t/2/0", "q"))).toEqual([]);
  });

  it("tells a text from a number, and a list from its texts", async () => {
    const { at } = world();
    const values = [1, "1", ["1"], [["1"]], null, { a: 1 }];

    for (const [index, value] of values.entries()) {
      expect(
        await run("dedupe", options, order(`${index}`, { order: value }), at(`t/${index}/0`)),
      ).toHaveLength(1);
    }
  });

  it("lets events wait while what it remembers is out of reach", async () => {
    const services = memoryServices();
    services.claims.claim = async () => {
      throw new Later("out of reach");
    };

    await expect(run("dedupe", options, order("1"), contextWith({ services }))).rejects.toBeInstanceOf(Later);
  });
});

describe("rate-limit", () => {
  const options = { permits: 2, intervalSeconds: 10 };

  it("lets as many go on as there are permits, and the next wait until there is one", async () => {
    const { clock, at } = world();
    await run("rate-limit", options, order("1"), at("t/1/0"));
    await run("rate-limit", options, order("2"), at("t/2/0"));
    const third = run("rate-limit", options, order("3"), at("t/3/0"));

    await expect(third).rejects.toMatchObject({ name: "Later", delayMs: 5_000 });
    clock.now += 5_000;
    expect(await run("rate-limit", options, order("3"), at("t/3/0", "p", 2))).toHaveLength(1);
  });

  it("takes no other permit for an event that has one and is tried again", async () => {
    const { at } = world();
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect(await run("rate-limit", options, order("1"), at("t/1/0", "p", attempt))).toHaveLength(1);
    }
    expect(await run("rate-limit", options, order("2"), at("t/2/0"))).toHaveLength(1);
    await expect(run("rate-limit", options, order("3"), at("t/3/0"))).rejects.toBeInstanceOf(Later);
  });

  it("by a key gives each a rate of its own", async () => {
    const { at } = world();
    const each = { permits: 1, intervalSeconds: 10, by: "order", over: "filter" };

    expect(await run("rate-limit", each, order("1", { order: 1 }), at("t/1/0"))).toHaveLength(1);
    expect(await run("rate-limit", each, order("2", { order: 2 }), at("t/2/0"))).toHaveLength(1);
    expect(await run("rate-limit", each, order("3", { order: 1 }), at("t/3/0"))).toEqual([]);
  });

  it("by other keys of the same value keeps other rates, in one pipeline", async () => {
    const { at } = world();
    const each = { permits: 1, intervalSeconds: 10, over: "filter" };
    const event = order("1", { order: 1, customer: 1 });

    expect(await run("rate-limit", { ...each, by: "order" }, event, at("t/1/0"))).toHaveLength(1);
    expect(await run("rate-limit", { ...each, by: "customer" }, event, at("t/2/0"))).toHaveLength(1);
    expect(await run("rate-limit", { ...each, by: "order" }, event, at("t/3/0"))).toEqual([]);
  });

  it("saves up to a burst and no more", async () => {
    const { clock, at } = world();
    const bursts = { permits: 1, intervalSeconds: 1, burst: 3, over: "filter" };
    const passed = async (from: number) => {
      const made = [];
      for (let n = from; n < from + 10; n++)
        made.push(...(await run("rate-limit", bursts, order(`${n}`), at(`t/${n}/0`))));
      return made.length;
    };

    expect(await passed(0)).toBe(3);
    clock.now += 60_000;
    expect(await passed(100)).toBe(3);
  });
});

describe("sample", () => {
  const passes = async (options: object, id: string, data: object = {}) =>
    (await run("sample", options, { id, data })).length === 1;

  it("lets about its share go on", async () => {
    let count = 0;
    for (let n = 0; n < 10_000; n++) if (await passes({ share: 0.3 }, `e-${n}`)) count++;

    // Six standard deviations: the draw is the same in each run.
    expect(Math.abs(count - 3_000)).toBeLessThan(275);
  });

  it("draws the same each time, and a larger share has all of a smaller", async () => {
    for (let n = 0; n < 500; n++) {
      const small = await passes({ share: 0.2 }, `e-${n}`);
      expect(await passes({ share: 0.2 }, `e-${n}`)).toBe(small);
      if (small) expect(await passes({ share: 0.6 }, `e-${n}`)).toBe(true);
    }
  });

  it("by a value keeps together what has the same", async () => {
    for (let user = 0; user < 50; user++) {
      const first = await passes({ share: 0.5, by: "user" }, "a", { user });
      for (const id of ["b", "c", "d"])
        expect(await passes({ share: 0.5, by: "user" }, id, { user })).toBe(first);
    }
  });

  it("with another seed draws others", async () => {
    let same = 0;
    for (let n = 0; n < 1_000; n++) {
      if ((await passes({ share: 0.5 }, `${n}`)) === (await passes({ share: 0.5, seed: "x" }, `${n}`)))
        same++;
    }
    expect(Math.abs(same - 500)).toBeLessThan(100);
  });
});
