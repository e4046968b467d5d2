import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { BranchScatterAnswer, ScatterPlan } from "../../../core/contracts/scatter.ts";
import { failure } from "../../../core/errors.ts";
import { Partials, type MapReduce } from "../../../core/map-reduce/partials.ts";
import { WorkPaces } from "../../../core/scatter/work-pace.ts";
import { SLOT_COUNT } from "../../../core/slots.ts";
import { scatterReplicas, type Scattered } from "../../../root-worker/query/scatter-replicas.ts";
import { Deadline } from "../../../root-worker/query/scatter.ts";
import { functionDivisionOf } from "../../../root-worker/query/work-estimate.ts";
import { Replicas } from "./replicas.ts";

const DOCUMENTS = Array.from({ length: 300 }, (_, n) => ({ id: `d${n}`, n: n % 7 }));
const PLAN: ScatterPlan = { function: { name: "ids", version: "1" }, input: "null" };
/** Of so many leaves, each range at least a 12th. */
const TWELFTHS = { lanes: 4, slotsMin: Math.ceil(SLOT_COUNT / 12), msASlot: 1e-3 };

/** All ids: what is mapped twice, or not at all, shows. */
const RUN: MapReduce = {
  map: async (documents) => sorted((JSON.parse(documents) as { id: string }[]).map(({ id }) => id)),
  reduce: async (partials) => sorted(partials.flatMap((partial) => JSON.parse(partial) as string[])),
};

function sorted(ids: string[]): { ok: true; json: string } {
  return { ok: true, json: JSON.stringify(ids.toSorted()) };
}

function filled(leaves: number): Replicas {
  const replicas = new Replicas({ n: { type: "number" } }, leaves);
  for (let first = 0; first < DOCUMENTS.length; first += 100) {
    replicas.write(DOCUMENTS.slice(first, first + 100).map((put) => ({ put })));
    // Segments differ from leaf to leaf.
    const leaf = replicas.leaves[first / 100];
    if (leaf !== undefined) replicas.flush(leaf);
  }
  return replicas;
}

async function result({ answers }: { answers: BranchScatterAnswer[] }): Promise<unknown> {
  const partials = new Partials(RUN);
  for (const { partial } of answers) if (partial !== undefined) await partials.add(partial);
  const last = await partials.last();
  return last.ok ? JSON.parse(last.json) : last;
}

const idsOf = (documents: readonly { id: string }[]): string[] => documents.map(({ id }) => id).toSorted();

describe("a scatter at leaves that all have everything", () => {
  let replicas: Replicas;
  beforeAll(() => {
    replicas = filled(5);
  });

  it("comes to what one leaf would, however it is divided, filtered or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 200 }),
        fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }),
        async (lanes, ranges, below) => {
          replicas.asked.length = 0;
          const slotsMin = Math.ceil(SLOT_COUNT / ranges);
          const plan = below === undefined ? PLAN : { ...PLAN, filter: `n < ${below}` };
          const scattered = await replicas.scatter(plan, RUN, { lanes, slotsMin, msASlot: 1e-3 });

          const wanted = DOCUMENTS.filter(({ n }) => n < (below ?? Infinity));
          expect(await result(scattered)).toEqual(idsOf(wanted));
          const { reports, share, failed } = scattered.gathered;
          expect({ share, failed }).toEqual({ share: 1, failed: [] });
          expect(reports.reduce((sum, { mapped = 0 }) => sum + mapped, 0)).toBe(wanted.length);
          expect(replicas.asked.length).toBeGreaterThanOrEqual(Math.min(2, ranges));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("gives a dead leaf's range to another", async () => {
    const scattered = await filled(4).scatter(PLAN, RUN, TWELFTHS, { failing: new Set([0, 2]) });

    expect(await result(scattered)).toEqual(idsOf(DOCUMENTS));
    expect(scattered.gathered.failed).toEqual([]);
    const attempts = scattered.gathered.reports.flatMap((report) => report.attempts);
    expect(attempts).toContainEqual(expect.objectContaining({ replica: 0, state: "failed" }));
    expect(attempts).toContainEqual(expect.objectContaining({ kind: "retry", state: "answered" }));
  });

  it("has no answer, and says why, where all leaves are dead", async () => {
    const { answers, gathered } = await filled(2).scatter(PLAN, RUN, TWELFTHS, { failing: new Set([0, 1]) });

    expect(answers.flatMap(({ partial }) => partial ?? [])).toEqual([]);
    expect(gathered).toMatchObject({ share: 0, failed: [{ shard: 0, code: "unavailable" }] });
    expect(gathered.answered.size).toBe(0);
  });

  it("asks for nothing again that the function itself has failed with", async () => {
    const failing = filled(4);
    const broken = { ...RUN, map: async () => failure("function-failed", "oh") };
    const { answers } = await failing.scatter(PLAN, broken, TWELFTHS);

    expect(answers.find(({ fault }) => fault !== undefined)?.fault).toMatchObject({ message: "oh" });
    expect(failing.asked.length).toBeLessThanOrEqual(TWELFTHS.lanes);
  });

  it("stands on what the first answer does: a leaf that is behind that is asked again", async () => {
    const uneven = filled(2);
    const [first, second] = uneven.leaves;
    if (first === undefined || second === undefined) throw new Error("there are two leaves");
    // As many that each range has some.
    const more = Array.from({ length: 100 }, (_, n) => ({ id: `late${n}`, n: 0 }));
    const changes = more.map((put) => ({ put }));
    uneven.write(changes, [first]);
    let asked = 0;
    const scattered = await uneven.scatter(
      PLAN,
      RUN,
      { ...TWELFTHS, lanes: 2 },
      {
        during: (replica) => {
          // Nothing reaches it before it was asked twice.
          if (replica === 1 && ++asked === 2) uneven.catchUp(second, changes);
        },
      },
    );

    expect(await result(scattered)).toEqual(idsOf([...DOCUMENTS, ...more]));
    expect(asked).toBeGreaterThan(1);
  });
});

describe("whether a scatter is divided", () => {
  const leaf = { shard: 0, replica: 0, attempts: [], rowsRead: 0, rowsWritten: 0, startMs: 0 };

  /** As one leaf that took so long has taught; answers how many leaves are asked the next time. */
  async function leavesAfter(documents: number, endMs: number): Promise<number> {
    const replicas = filled(4);
    const paces = new WorkPaces(8);
    const run = async (asOne: boolean): Promise<Scattered> =>
      scatterReplicas(PLAN, {
        branches: {
          scatterLeaf: async ({ replica }) => {
            replicas.asked.push({ replica, from: 0, to: 0 });
            return { ok: true, mapped: 0, functionCalls: 0, sequence: 1, documents, rowsRead: 0 };
          },
          cancelLeaf: async () => {},
        },
        collection: { ...replicas.collection, replicas: asOne ? 1 : 4 },
        paces,
        deadline: new Deadline(30_000),
        waitUntil: () => {},
        askOne: async () => [{ functionCalls: 0, leaves: [{ ...leaf, documents, endMs }] }],
      });
    await run(true);
    await run(false);
    return new Set(replicas.asked.map(({ replica }) => replica)).size;
  }

  it("goes by what its function has taken before", async () => {
    expect(await leavesAfter(200, 5)).toBe(0);
    expect(await leavesAfter(200, 2_000)).toBe(4);
  });

  it("is taken for granted while nothing is known, in two ranges a leaf", () => {
    expect(functionDivisionOf(undefined, 4)).toMatchObject({ lanes: 4, slotsMin: SLOT_COUNT / 8 });
    expect(functionDivisionOf(undefined, 1)).toBeUndefined();
  });

  it("never makes more partial results than the root can hold", () => {
    expect(functionDivisionOf(60_000, 32)?.slotsMin).toBeGreaterThanOrEqual(SLOT_COUNT / 24);
  });
});
