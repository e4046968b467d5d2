import { describe, expect, it } from "vitest";
import { Slots } from "../../../../core/functions/slots.ts";

const FOREVER = { waitingMax: 10, waitMaxMs: 60_000 };

describe("slots", () => {
  it("are given at once while there are any, then in the order of asking", async () => {
    const slots = new Slots(1, FOREVER);
    expect(await slots.take()).toBe(true);
    const order: string[] = [];
    const first = slots.take().then(() => order.push("first"));
    const second = slots.take().then(() => order.push("second"));
    slots.leave();
    await first;
    expect(order).toEqual(["first"]);
    slots.leave();
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  it("are free again when nobody waits", async () => {
    const slots = new Slots(1, FOREVER);
    await slots.take();
    slots.leave();
    expect(await slots.take()).toBe(true);
  });

  it("are refused when too many wait", async () => {
    const slots = new Slots(0, { waitingMax: 0, waitMaxMs: 60_000 });
    expect(await slots.take()).toBe(false);
  });

  it("are refused after a while, and not given later to who has gone", async () => {
    const slots = new Slots(1, { waitingMax: 10, waitMaxMs: 1 });
    await slots.take();
    expect(await slots.take()).toBe(false);
    slots.leave();
    expect(await slots.take()).toBe(true);
  });
});
