import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import type { FaultRule } from "../../../core/contracts/faults.ts";
import type { CollectionRef, LeafReport } from "../../../core/contracts/search.ts";
import type { Leaf } from "../../../shard-workers/documents/leaf.ts";
import { branch, planOf, put, refOf, write } from "./one-leaf.ts";
import { declareReplicas, expectSameEverywhere, replicaOf } from "./replicas.ts";

/** Longer than any test: what waits for it, waits for ever. */
const EVER_MS = 30_000;

let films: Collection;
let plans = 0;

beforeEach(async () => {
  films = await declareReplicas(2);
  await write(films, [put("1")]);
  await expectSameEverywhere(films);
});

/** The collection as a request knows it in which something is to go wrong. */
function withFaults(...rules: Omit<FaultRule, "collection">[]): CollectionRef {
  const named = rules.map((rule) => ({ collection: "films", ...rule }));
  return { ...refOf(films), faults: planWith(named) };
}

const planWith = (rules: FaultRule[], hedge = true) => ({
  revision: String(++plans),
  seed: 1,
  rules,
  hedge,
  retry: true,
});

/** Reads of a replica that wait for an injected delay to end. */
async function waiting(replica: number): Promise<number> {
  return runInDurableObject(replicaOf(films, replica), (leaf: Leaf) => {
    const requests: unknown = Reflect.get(Reflect.get(leaf, "gate") as object, "requests"); // both are objects of ours
    return (Reflect.get(requests as object, "waiting") as Map<string, unknown>).size;
  });
}

async function search(ref: CollectionRef, deadlineMs = 20_000): Promise<LeafReport | undefined> {
  const { leaves } = await branch.search(ref, [0], planOf("", films.fields), deadlineMs);
  return leaves[0];
}

describe("a replica that hangs", () => {
  it("loses to its hedge, and is told that nobody waits any longer", async () => {
    const answer = await branch.getDocument(withFaults({ replica: 0, delayMs: EVER_MS }), 0, "1", 20_000);

    expect(answer).toMatchObject({ ok: true, document: { id: "1" } });
    await expect.poll(() => waiting(0)).toBe(0);
  });

  it("is told so, too, when the deadline has passed", async () => {
    const report = await search(withFaults({ delayMs: EVER_MS }), 300);

    expect(report).toMatchObject({ failed: "deadline-exceeded" });
    expect(report?.attempts.map(({ state }) => state)).toContain("abandoned");
    for (const replica of [0, 1]) await expect.poll(() => waiting(replica)).toBe(0);
  });
});

describe("a replica that fails", () => {
  it("is not asked any more, until a canary finds it well", async () => {
    const dead = withFaults({ replica: 0, failRate: 1 });
    const kinds = async (ref: CollectionRef) => (await search(ref))?.attempts.map(({ kind }) => kind);
    for (let n = 0; n < 20; n++) expect(await search(dead)).toMatchObject({ replica: 1, documents: 1 });
    const read = await branch.getDocument(dead, 0, "1", 20_000);
    expect(read).toMatchObject({ ok: true });

    // It is well again.
    await expect.poll(() => kinds(refOf(films))).toContain("canary");
    // Then both are chosen again.
    const chosen = async () => (await search(refOf(films)))?.replica;
    await expect.poll(chosen).toBe(0);
  });

  it("makes a row of an answer's explanation for each call", async () => {
    // Without hedges, which a busy machine would have among the retries.
    const faults = planWith([{ collection: "films", failRate: 1 }], false);
    const report = await search({ ...refOf(films), faults });

    expect(report).toMatchObject({ failed: "unavailable", documents: 0 });
    expect(report?.attempts).toHaveLength(4);
    expect(report?.attempts.slice(1)).toMatchObject(
      [1, 2, 3].map(() => ({ kind: "retry", state: "failed", code: "unavailable" })),
    );
    const replicas = report?.attempts.map(({ replica }) => replica) ?? [];
    for (const [index, replica] of replicas.entries()) expect(replica).not.toBe(replicas[index + 1]);
  });
});

describe("a bookmark", () => {
  it("is kept by going to a replica that has caught up", async () => {
    const apart = withFaults({ stage: "replication", failRate: 1 });
    const [written] = await branch.write(apart, [{ shard: 0, operations: [put("2")] }]);
    if (written?.ok !== true) throw new Error("the write failed");
    const ref = { ...apart, minSequences: { 0: written.sequence } };

    for (let n = 0; n < 20; n++) expect(await search(ref)).toMatchObject({ replica: 0, documents: 2 });
  });
});
