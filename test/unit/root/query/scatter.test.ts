import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LeafReport } from "../../../../core/contracts/search.ts";
import { Deadline, scatter } from "../../../../root-worker/query/scatter.ts";

interface Answer {
  leaves: LeafReport[];
  from: number[];
}

const nothing: Answer = { leaves: [], from: [] };
const shards = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);

const answerOf = (asked: number[]): Answer => ({
  leaves: asked.map((shard) => ({
    shard,
    replica: 0,
    attempts: [],
    documents: 1,
    rowsRead: 1,
    rowsWritten: 0,
    startMs: 0,
    endMs: 1,
  })),
  from: asked,
});

const failures = (answers: Answer[]): [number, unknown][] =>
  answers.flatMap(({ leaves }) => leaves.map(({ shard, failed }): [number, unknown] => [shard, failed]));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a deadline", () => {
  it("runs down, and not below nothing", () => {
    const deadline = new Deadline(100);
    expect(deadline.leftMs()).toBe(100);
    vi.advanceTimersByTime(70);
    expect(deadline.leftMs()).toBe(30);
    expect(deadline.share(0.5).leftMs()).toBe(15);
    vi.advanceTimersByTime(70);
    expect(deadline.leftMs()).toBe(0);
    expect(deadline.share(0.5).leftMs()).toBe(0);
  });
});

describe("a scatter", () => {
  it("asks every shard once, by branches of six, all at the same time", async () => {
    const asked: number[][] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
    const answering = scatter(
      shards(14),
      new Deadline(1_000),
      async (group) => {
        asked.push(group);
        await gate;
        return answerOf(group);
      },
      nothing,
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(asked.map(({ length }) => length)).toEqual([6, 6, 2]);
    open(undefined);
    const answers = await answering;

    expect(answers.flatMap(({ from }) => from)).toEqual(shards(14));
  });

  it("asks no more branches at a time than a request may open", async () => {
    let running = 0;
    let most = 0;
    const answers = await scatter(
      shards(32 * 6),
      new Deadline(1_000),
      async (group) => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running -= 1;
        return answerOf(group);
      },
      nothing,
    );

    expect(most).toBe(28);
    expect(answers.flatMap(({ from }) => from)).toHaveLength(32 * 6);
  });

  it("gives a branch a little less time than there is left, so that its answer still counts", async () => {
    const times: number[] = [];
    const ask = async (group: number[], deadlineMs: number): Promise<Answer> => {
      times.push(deadlineMs);
      return answerOf(group);
    };
    await scatter([0], new Deadline(1_000), ask, nothing);
    await scatter([0], new Deadline(5), ask, nothing);

    expect(times).toEqual([980, 1]);
  });

  it("reports a branch that throws as its leaves' failure, and keeps the others' answers", async () => {
    const answers = await scatter(
      shards(12),
      new Deadline(1_000),
      async (group) => {
        if (group.includes(0)) throw new Error("no such Worker");
        return answerOf(group);
      },
      nothing,
    );

    expect(failures(answers)).toEqual(
      shards(12).map((shard) => [shard, shard < 6 ? "unavailable" : undefined]),
    );
  });

  it("reports a branch that is late as its leaves' failure, when the deadline has passed", async () => {
    const settled = vi.fn<(answers: Answer[]) => void>();
    const answering = scatter(
      shards(12),
      new Deadline(1_000),
      async (group) => (group.includes(0) ? await Promise.withResolvers<Answer>().promise : answerOf(group)),
      nothing,
    ).then(settled);
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await answering;

    expect(failures(settled.mock.calls[0]?.[0] ?? [])).toEqual(
      shards(12).map((shard) => [shard, shard < 6 ? "deadline-exceeded" : undefined]),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of no shards asks nobody", async () => {
    const ask = vi.fn<(group: number[]) => Promise<Answer>>();

    expect(await scatter([], new Deadline(1_000), ask, nothing)).toEqual([]);
    expect(ask).not.toHaveBeenCalled();
  });
});
