import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Result } from "../../../core/errors.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("gives the answer that comes in time, and leaves no timer behind", async () => {
  await expect(withinDeadline(1_000, Promise.resolve({ ok: true, value: 7 }))).resolves.toEqual({
    ok: true,
    value: 7,
  });
  expect(vi.getTimerCount()).toBe(0);
});

it("waits until the deadline and no longer", async () => {
  const { promise, resolve } = Promise.withResolvers<Result<{ value: number }>>();
  const settled = vi.fn<(answer: unknown) => void>();
  const waiting = withinDeadline(1_000, promise).then(settled);

  await vi.advanceTimersByTimeAsync(999);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  expect(settled).toHaveBeenCalledWith(expect.objectContaining({ ok: false, code: "deadline-exceeded" }));

  resolve({ ok: true, value: 7 });
});

it("prefers an answer that is there already to a deadline that has passed", async () => {
  await expect(withinDeadline(0, Promise.resolve({ ok: true, value: 7 }))).resolves.toEqual({
    ok: true,
    value: 7,
  });
});

it("passes on what the call throws, and leaves no timer behind", async () => {
  await expect(withinDeadline(1_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});

it("takes no notice of a call that fails after its deadline", async () => {
  const { promise, reject } = Promise.withResolvers<Result<{ value: number }>>();
  const waiting = withinDeadline(10, promise);
  await vi.advanceTimersByTimeAsync(10);
  reject(new Error("too late"));

  await expect(waiting).resolves.toMatchObject({ ok: false });
});
