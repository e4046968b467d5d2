import { expect, it } from "vitest";
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
