import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Phases } from "../../../root-worker/phases.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const waits = (ms: number) => async () => {
  vi.advanceTimersByTime(ms);
  return ms;
};

it("are named with the time they took, added up, in their order", async () => {
  const phases = new Phases();
  expect(phases.header()).toBe("");
  expect(await phases.time("scatter", waits(20))).toBe(20);
  await phases.time("fetch", waits(3));
  await phases.time("scatter", waits(5));

  expect(phases.header()).toBe("scatter;dur=25, fetch;dur=3");
});

it("count what failed, too", async () => {
  const phases = new Phases();
  await expect(
    phases.time("scatter", async () => {
      vi.advanceTimersByTime(7);
      throw new Error("no");
    }),
  ).rejects.toThrow("no");

  expect(phases.header()).toBe("scatter;dur=7");
});
