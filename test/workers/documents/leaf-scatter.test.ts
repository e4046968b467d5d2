import { describe, expect, it } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import type { LeafScatterAnswer, ScatterPlan } from "../../../core/contracts/scatter.ts";
import { versionHash } from "../../../core/functions/version-hash.ts";
import { declare, env, leafOf, put, refOf, spec, write } from "./one-leaf.ts";

/** Counts documents, a tenth of a second for each batch. */
const SLOW = `
  export async function map(documents) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return documents.length;
  }
  export const reduce = (partials) => partials.reduce((sum, n) => sum + n, 0);
`;

/** More than two batches. */
const DOCUMENTS = 2_500;

/** With it, they are some twenty: whatever a test does meanwhile is done before the last, on any machine. */
const PADDING = "x".repeat(2_000);

async function planOf(code: string, differences: Partial<ScatterPlan> = {}): Promise<ScatterPlan> {
  const modules = { main: "index.js", modules: { "index.js": code } };
  const version = await versionHash(modules);
  const fitness = { verdict: "unmeasured" as const, reasons: [] };
  await env.CATALOG.putFunction("f", { ...modules, version, kinds: ["map", "reduce"], fitness });
  return { function: { name: "f", version }, input: "null", ...differences };
}

async function filled(more: object = {}): Promise<Collection> {
  const collection = await declare();
  await write(
    collection,
    Array.from({ length: DOCUMENTS }, (_, n) =>
      put(`d${n}`, { year: n, genre: n % 2 === 0 ? "even" : "odd", ...more }),
    ),
  );
  return collection;
}

async function scatter(
  collection: Collection,
  plan: ScatterPlan,
  requestId = "r",
  leaf = leafOf(collection),
): Promise<LeafScatterAnswer> {
  return leaf.scatter(refOf(collection), plan, { shard: 0, requestId, deadlineMs: 20_000 });
}

describe("a leaf that runs a function", () => {
  it("hands all documents over in batches, and answers with one partial result", async () => {
    const collection = await filled();

    expect(await scatter(collection, await planOf(SLOW))).toMatchObject({
      ok: true,
      partial: String(DOCUMENTS),
      mapped: DOCUMENTS,
      documents: DOCUMENTS,
      // Three batches, and what brings them together.
      functionCalls: 4,
      sequence: expect.any(Number),
    });
  });

  it("has no partial result where nothing matches, and does not ask the function", async () => {
    const collection = await filled();
    const answer = await scatter(collection, await planOf(SLOW, { filter: "year > 5000" }));

    expect(answer).toMatchObject({ ok: true, mapped: 0, functionCalls: 0 });
    expect(answer).not.toHaveProperty("partial");
  });

  it("stops between two batches when nobody waits any longer", async () => {
    const collection = await filled({ padding: PADDING });
    const running = scatter(collection, await planOf(SLOW), "called-off");
    await leafOf(collection).cancel("called-off");

    expect(await running).toMatchObject({ ok: false, code: "cancelled" });
  });

  it("stops when the collection is declared anew meanwhile, so that the request begins again", async () => {
    const collection = await filled({ padding: PADDING });
    const running = scatter(collection, await planOf(SLOW));
    const changed = await declare({ ...spec, fields: { ...spec.fields, more: { type: "number" } } });
    await write(changed, [put("another")]);

    expect(await running).toMatchObject({ ok: false, code: "stale-epoch" });
  });

  it("stops when its data is deleted meanwhile", async () => {
    const collection = await filled({ padding: PADDING });
    const plan = await planOf(SLOW);
    // By one stub, which keeps the order of its calls: two of them may be overtaken.
    const leaf = leafOf(collection);
    const running = scatter(collection, plan, "r", leaf);
    await leaf.purge();

    expect(await running).toMatchObject({ ok: false, code: "stale-epoch" });
  });

  it("serves reads, writes and searches between two batches, and answers as of its beginning", async () => {
    const collection = await filled({ padding: PADDING });
    let done = false;
    const running = scatter(collection, await planOf(SLOW)).finally(() => (done = true));
    await write(collection, [put("late"), { kind: "delete", id: "d0" }]);
    const read = await leafOf(collection).getDocument(refOf(collection), "late");

    expect(done).toBe(false);
    expect(read).toMatchObject({ ok: true, document: { id: "late" } });
    expect(await running).toMatchObject({ partial: String(DOCUMENTS) });
  });
});
