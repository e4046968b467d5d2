import { describe, expect, it } from "vitest";
import { Slots } from "../../../../core/functions/slots.ts";

const FOREVER = { waitingMax: 10, waitMaxMs: 60_000 };

describe("slots", () => {
  it("are given at once while there are any, then in the order of asking", async () => {
    const slots = new Slots(1, FOREVER);
    expect(await slots.take("a")).toBe(true);
    const order: string[] = [];
    const first = slots.take("b").then(() => order.push("b"));
    const second = slots.take("c").then(() => order.push("c"));
    slots.leave("a");
    await first;
    expect(order).toEqual(["b"]);
    slots.leave("b");
    await second;
    expect(order).toEqual(["b", "c"]);
  });

  it("are shared by calls of the same isolate", async () => {
    const slots = new Slots(1, FOREVER);
    expect(await Promise.all([slots.take("a"), slots.take("a"), slots.take("a")])).toEqual([
      true,
      true,
      true,
    ]);
    let got = false;
    const other = slots.take("b").then(() => (got = true));
    slots.leave("a");
    slots.leave("a");
    await Promise.resolve();
    expect(got).toBe(false);
    slots.leave("a");
    await other;
  });

  it("are not kept for ever by an isolate that is called again and again", async () => {
    const slots = new Slots(1, FOREVER);
    await slots.take("a");
    const order: string[] = [];
    const other = slots.take("b").then(() => order.push("b"));
    const again = slots.take("a").then(() => order.push("a"));
    slots.leave("a");
    await other;
    slots.leave("b");
    await again;
    expect(order).toEqual(["b", "a"]);
  });

  it("are refused when too many wait", async () => {
    const slots = new Slots(0, { waitingMax: 0, waitMaxMs: 60_000 });
    expect(await slots.take("a")).toBe(false);
  });

  it("are refused after a while, and not given later to who has gone", async () => {
    const slots = new Slots(1, { waitingMax: 10, waitMaxMs: 1 });
    await slots.take("a");
    expect(await slots.take("b")).toBe(false);
    slots.leave("a");
    expect(await slots.take("c")).toBe(true);
  });

  it("let those through who waited behind one that has given up", async () => {
    const slots = new Slots(1, { waitingMax: 10, waitMaxMs: 20 });
    await slots.take("a");
    const gone = slots.take("b");
    const behind = slots.take("a");
    expect(await Promise.all([gone, behind])).toEqual([false, true]);
  });
});
