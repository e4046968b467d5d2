import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReadRequests } from "../../../shard-workers/leaf/read-requests.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("a read that was called off is known by its name, once", () => {
  const requests = new ReadRequests();
  requests.cancel("a");

  expect(requests.takeCancelled("b")).toBe(false);
  expect(requests.takeCancelled(undefined)).toBe(false);
  expect(requests.takeCancelled("a")).toBe(true);
  expect(requests.takeCancelled("a")).toBe(false);
});

it("waits as long as it is told, and no longer than until the read is called off", async () => {
  const requests = new ReadRequests();
  const ended = vi.fn<(name: string) => void>();
  for (const name of ["a", "b"]) void requests.wait(1_000, name).then(() => ended(name));
  await vi.advanceTimersByTimeAsync(10);
  requests.cancel("a");
  await vi.advanceTimersByTimeAsync(0);
  expect(ended.mock.calls).toEqual([["a"]]);

  await vi.advanceTimersByTimeAsync(990);
  expect(ended.mock.calls).toEqual([["a"], ["b"]]);
  expect(vi.getTimerCount()).toBe(0);
});

it("forgets the oldest of many cancellations that found no read", () => {
  const requests = new ReadRequests();
  for (let n = 0; n < 1_025; n++) requests.cancel(String(n));

  expect(requests.takeCancelled("0")).toBe(false);
  expect(requests.takeCancelled("1")).toBe(true);
});
