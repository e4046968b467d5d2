import { describe, expect, it } from "vitest";
import { Slots } from "../../../../core/scatter/slots.ts";

it("lets in as many as there are slots; hedges wait until nobody else does", () => {
  const slots = new Slots(2);
  const began: string[] = [];
  const enter = (name: string, hedge = false): void => slots.enter(hedge, () => began.push(name));
  for (const name of ["a", "b"]) enter(name);
  enter("hedge", true);
  enter("c");

  expect(began).toEqual(["a", "b"]);
  expect(slots.full).toBe(true);
  slots.leave();
  expect(began).toEqual(["a", "b", "c"]);
  slots.leave();
  expect(began).toEqual(["a", "b", "c", "hedge"]);
  slots.leave();
  expect(slots.full).toBe(false);
});

describe("a slot that is lent", () => {
  function world() {
    const slots = new Slots(1);
    const log: string[] = [];
    const loan = { begin: () => void log.push("lent"), reclaim: () => void log.push("reclaimed") };
    return {
      slots,
      log,
      loan,
      enter: (name: string, hedge = false) => slots.enter(hedge, () => log.push(name)),
    };
  }

  it("is lent when nobody waits for it, and counts as free", () => {
    const { slots, log, loan, enter } = world();
    enter("a");
    slots.lend(loan);
    enter("b");
    slots.leave();
    expect(log).toEqual(["a", "b"]);
    slots.leave();
    expect(log).toEqual(["a", "b", "lent"]);
    expect(slots.full).toBe(false);
  });

  it.each([false, true])("is taken back when it is needed (by a hedge: %s)", (hedge) => {
    const { slots, log, loan, enter } = world();
    slots.lend(loan);
    enter("a", hedge);
    expect(log).toEqual(["lent", "reclaimed", "a"]);
    slots.giveBack(loan);
    expect(slots.full).toBe(true);
    slots.leave();
    expect(slots.full).toBe(false);
  });

  it("is free again when it is given back", () => {
    const { slots, log, loan, enter } = world();
    slots.lend(loan);
    slots.giveBack(loan);
    enter("a");
    expect(log).toEqual(["lent", "a"]);
  });
});
