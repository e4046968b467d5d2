import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RequestClock } from "../../../../core/scatter/clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a request's clock", () => {
  it("runs what is due when it is due, each once, in the order in which it was set", () => {
    const clock = new RequestClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push("b"));
    clock.after(10, () => ran.push("a"));
    clock.after(20, () => ran.push("c"));

    vi.advanceTimersByTime(19);
    expect(ran).toEqual(["a"]);
    vi.advanceTimersByTime(100);
    expect(ran).toEqual(["a", "b", "c"]);
  });

  it("sets one timer for what is due together, and clears it with the last that is called off", () => {
    const clock = new RequestClock();
    const first = clock.after(20, () => {});
    const second = clock.after(20, () => {});
    expect(vi.getTimerCount()).toBe(1);
    first();
    expect(vi.getTimerCount()).toBe(1);
    second();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not run what was called off, also by another that was due with it", () => {
    const clock = new RequestClock();
    const ran: string[] = [];
    const stops: (() => void)[] = [];
    clock.after(20, () => {
      ran.push("a");
      for (const stop of stops) stop();
    });
    stops.push(clock.after(20, () => ran.push("b")));
    clock.after(20, () => ran.push("c"))();

    vi.advanceTimersByTime(50);
    expect(ran).toEqual(["a"]);
  });

  it("runs what is set again for a time that has just come", () => {
    const clock = new RequestClock();
    let runs = 0;
    const again = (): void => {
      runs += 1;
      if (runs < 3) clock.after(0, again);
    };
    clock.after(5, again);

    vi.advanceTimersByTime(50);
    expect(runs).toBe(3);
  });

  it("leaves a later timer alone when what is over is called off once more", () => {
    const clock = new RequestClock();
    const stop = clock.after(5, () => {});
    vi.advanceTimersByTime(5);
    let ran = false;
    clock.after(0, () => (ran = true));
    stop();

    vi.advanceTimersByTime(5);
    expect(ran).toBe(true);
  });
});
