import { describe, expect, it } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import { ownershipOf } from "../../../core/term-ownership.ts";
import { branch, declare, env, planOf, put, refOf, spec } from "./one-leaf.ts";
import { kill, ring } from "./replicas.ts";

/** Nothing gets from a primary to term leaves. */
const CUT_OFF = {
  revision: "cut",
  seed: 1,
  rules: [{ collection: "films", stage: "replication" as const, failRate: 1 }],
  hedge: true,
  retry: true,
};

async function declareTerms(): Promise<Collection> {
  const films = await declare({ ...spec, layout: "terms" });
  // As the root does it: the shard hears of its term leaf, and tells it that there is nothing yet.
  await branch.stats(refOf(films), [0], 20_000);
  await expect.poll(() => found(films, "nothing")).toEqual([]);
  return films;
}

async function found(films: Collection, q: string): Promise<string[] | string> {
  const { clauses, searched, sort, limit } = planOf(q, films.fields);
  const plan = { clauses, searched, sort, limit };
  const question = { ref: refOf(films), ownership: ownershipOf(films), plan, wanted: "best" as const };
  const { answer } = await env.TERMS.open().search(question, 20_000);
  return answer.ok ? answer.hits.map(({ id }) => id).toSorted() : answer.code;
}

async function write(films: Collection, id: string, title: string, faults?: typeof CUT_OFF): Promise<number> {
  const ref = faults === undefined ? refOf(films) : { ...refOf(films), faults };
  const [answer] = await branch.write(ref, [{ shard: 0, operations: [put(id, { title })] }]);
  if (answer?.ok !== true) throw new Error(answer?.message);
  return answer.sequence;
}

describe("the primary of a shard in the layout `terms`", () => {
  it("pushes what it wrote, without being asked", async () => {
    const films = await declareTerms();
    await write(films, "1", "alien");
    await expect.poll(() => found(films, "alien")).toEqual(["1"]);
  });

  it("that dies between a write and its push pushes by its alarm when it is back", async () => {
    const films = await declareTerms();
    await write(films, "1", "alien", CUT_OFF);
    await kill(films, 0);
    expect(await found(films, "alien")).toEqual([]);
    expect(await ring(films, 0)).toBe(true);
    await expect.poll(() => found(films, "alien")).toEqual(["1"]);
  });

  it("pushes at once what a leaf has refused before, when somebody asks for it", async () => {
    const films = await declareTerms();
    const sequence = await write(films, "1", "alien", CUT_OFF);
    expect(await branch.shipTerms(refOf(films), [0], 20_000)).toEqual([{ shard: 0, sequence }]);
    expect(await found(films, "alien")).toEqual(["1"]);
  });

  it("indexes no words itself: they are the term leaves'", async () => {
    const films = await declareTerms();
    await write(films, "1", "alien");
    const { partial } = await branch.search(refOf(films), [0], planOf("alien", films.fields), 20_000);
    expect(partial.total).toBe(0);
    const all = await branch.search(refOf(films), [0], planOf("", films.fields), 20_000);
    expect(all.partial.hits.map(({ id }) => id)).toEqual(["1"]);
  });
});
