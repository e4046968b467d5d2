import { describe, expect, it } from "vitest";
import { SHARDS_MAX, type Collection, type Layout } from "../../../core/collection.ts";
import type { ReshardReport, Resharding } from "../../../core/contracts/resharding.ts";
import {
  beginReshard,
  commandReshard,
  reportReshard,
  type Changed,
} from "../../../shard-workers/catalog/reshard.ts";
import { collectionOf } from "../collection-of.ts";

const NOW = new Date("2026-01-02T03:04:05.678Z");
const films = collectionOf();

function begun(collection: Collection = films): Changed {
  const answer = beginReshard(collection, undefined, 7, NOW);
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}

function after(state: Resharding, ...reports: ReshardReport[]): Changed {
  let current: Changed = state;
  for (const report of reports) {
    const next = reportReshard(current, report, NOW);
    if (next === undefined) throw new Error(`nothing came of ${report.kind}`);
    current = next;
  }
  return current;
}

const handingOver = () => after(begun(), { kind: "copied", epoch: 2 }, { kind: "caught-up", epoch: 2 });

describe("a resharding", () => {
  it("begins with leaves to be built, of a generation that never was, and at another epoch", () => {
    const { collection, reshard } = begun();
    expect(collection).toMatchObject({ shards: 4, epoch: 2, building: { generation: 1, shards: 7 } });
    expect(reshard).toMatchObject({ from: 4, to: 7, step: "copy", paused: false });
    const undone = { ...reshard, generation: 5, step: "undone" as const };
    expect(beginReshard(films, undone, 7, NOW)).toMatchObject({ reshard: { generation: 6 } });
  });

  it.each([0, -1, 1.5, Number.NaN, SHARDS_MAX + 1])(
    "to %d shards is refused, with what would do",
    (shards) => {
      expect(beginReshard(films, undefined, shards, NOW)).toMatchObject({
        ok: false,
        code: "conflict",
        message: "A collection has 1 to 186 shards.",
      });
    },
  );

  it("of another layout than documents is refused", () => {
    const other = { ...films, layout: "terms" as Layout }; // one that is to come
    expect(beginReshard(other, undefined, 7, NOW)).toMatchObject({
      code: "conflict",
      message: '"films" has the layout terms, which can\'t be resharded; only documents can.',
    });
  });

  it("hands over in one change: shards, slots, generation, floors, and the purge of what was before", () => {
    const done = after(handingOver(), { kind: "handed-over", epoch: 3, floors: { 0: 9 } });
    expect(done.collection).toMatchObject({ shards: 7, generation: 1, epoch: 4, since: 4, floors: { 0: 9 } });
    expect(done.collection).not.toHaveProperty("building");
    expect(done.collection.slots).toHaveLength(7);
    expect(done.purge).toMatchObject({ shards: 4, replicas: [0], generation: 0 });
    expect(done.reshard.step).toBe("drop");
    expect(done.reshard).not.toHaveProperty("endedAt");
    expect(after(done, { kind: "dropped", generation: 1 }).reshard).toMatchObject({
      step: "done",
      endedAt: NOW.toISOString(),
    });
  });

  it.each<ReshardReport>([
    { kind: "handed-over", epoch: 2, floors: {} },
    { kind: "hand-over-failed", epoch: 4, problem: "" },
    { kind: "copied", epoch: 2 },
    { kind: "caught-up", epoch: 2 },
    { kind: "stuck", generation: 9, problem: "" },
    { kind: "dropped", generation: 9 },
    { kind: "dropped", generation: 1 },
  ])("takes no report of another state: $kind", (report) => {
    expect(reportReshard(handingOver(), report, NOW)).toBeUndefined();
  });

  it.each(["pause", "undo"] as const)(
    "that is handed over is called off by %s, with another epoch",
    (kind) => {
      const state = handingOver();
      const answer = commandReshard(state, { kind });
      if (!answer.ok) throw new Error(answer.message);
      expect(answer.collection.epoch).toBe(4);
      expect(reportReshard(answer, { kind: "handed-over", epoch: 3, floors: {} }, NOW)).toBeUndefined();
      expect(answer.reshard.step).toBe(kind === "pause" ? "catch-up" : "undo");
    },
  );

  it("keeps the reason for which it has paused, until it is resumed", () => {
    const stuck = after(begun(), { kind: "stuck", generation: 1, problem: "full" });
    expect(stuck.reshard).toMatchObject({ paused: true, problem: "full" });
    const later = after(stuck, { kind: "progress", generation: 1, copied: 3, documents: 9 });
    expect(later.reshard).toMatchObject({ problem: "full", copied: 3 });
    const resumed = commandReshard(later, { kind: "resume" });
    expect(resumed).toMatchObject({ ok: true, reshard: { paused: false } });
    expect(resumed.ok && resumed.reshard).not.toHaveProperty("problem");
  });

  it("that is undone is not paused by a coordinator that has not heard of it", () => {
    const answer = commandReshard(begun(), { kind: "undo" });
    if (!answer.ok) throw new Error(answer.message);
    expect(answer.purge).toMatchObject({ generation: 1, shards: 7 });
    expect(answer.reshard).not.toHaveProperty("endedAt");
    expect(after(answer, { kind: "dropped", generation: 1 }).reshard).toMatchObject({
      step: "undone",
      endedAt: NOW.toISOString(),
    });
    expect(reportReshard(answer, { kind: "stuck", generation: 1, problem: "gone" }, NOW)).toBeUndefined();
  });

  it("that is not paused can't be resumed", () => {
    expect(commandReshard(begun(), { kind: "resume" })).toMatchObject({ ok: false, code: "conflict" });
  });
});
