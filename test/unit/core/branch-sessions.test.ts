import { expect, it, vi } from "vitest";
import { BranchSessions } from "../../../core/branch-sessions.ts";
import type { BranchRpc } from "../../../core/contracts/branch.ts";

const ref = { id: "c", epoch: 1, replicas: 1 };

function counted() {
  const asked: number[] = [];
  const open = vi.fn<() => BranchRpc>(() => {
    const session = asked.push(0) - 1;
    const stats = async () => {
      asked[session] = (asked[session] ?? 0) + 1;
      return { ok: true as const, shards: [] };
    };
    // Nothing else is asked for here.
    return { stats } as unknown as BranchRpc;
  });
  return { asked, open, branches: new BranchSessions(open) };
}

it("opens no branch before one is asked", () => {
  expect(counted().open).not.toHaveBeenCalled();
});

it("asks a branch of its own for each call, as long as a request may open more", async () => {
  const { asked, branches } = counted();
  for (let call = 0; call < 5; call++) await branches.stats(ref, [call], 1_000);
  expect(asked).toEqual([1, 1, 1, 1, 1]);
});

it("asks those that are open in turn, however many calls there are", async () => {
  const { asked, open, branches } = counted();
  for (let call = 0; call < 1_000; call++) await branches.stats(ref, [call], 1_000);
  expect(open).toHaveBeenCalledTimes(28);
  expect(asked.reduce((sum, count) => sum + count)).toBe(1_000);
  expect(Math.max(...asked) - Math.min(...asked)).toBe(1);
});
