import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { refOf, type Collection, type Fields } from "../../../core/collection.ts";
import type { LogEntry, Position } from "../../../core/contracts/replication.ts";
import type { TermPush, TermPushAnswer, TrackPlace } from "../../../core/contracts/terms.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { ownershipOf } from "../../../core/term-ownership.ts";
import { SkeletonMaker } from "../../../shard-workers/segment/skeletons.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  TermsBindings,
  typeof import("../../../shard-workers/terms/index.ts")
>();

const FIELDS: Fields = { title: { type: "text", language: "english" } };

/** A collection of one shard, so of one term leaf. */
async function declare(fields = FIELDS): Promise<Collection> {
  const spec = { layout: "terms", shards: 1, replicas: 1, fields } as const;
  const answer = await env.CATALOG.putCollection("films", spec);
  if (!answer.ok) throw new Error(answer.message);
  return answer.collection;
}

const leafOf = ({ id }: Collection) => env.TERM_LEAF.getByName(`${id}/0`);

const START: TrackPlace = { position: { sequence: 0, clock: 0 }, copiedTo: "" };

function skeleton(collection: Collection, id: string, title: string): string {
  return new SkeletonMaker(collection.fields, ownershipOf(collection)).cut({ id, title })[0] ?? "";
}

/** Batch n: it puts document n, at version n. */
function entry(collection: Collection, sequence: number, title: string): LogEntry {
  const json = skeleton(collection, `d${sequence}`, title);
  return {
    after: at(sequence - 1),
    position: at(sequence),
    operations: [{ kind: "put", id: `d${sequence}`, version: sequence, json }],
  };
}

function at(sequence: number): Position {
  return { sequence, clock: sequence };
}

function pushOf(collection: Collection, head: number, more: Partial<TermPush>): TermPush {
  return { ref: refOf(collection), leaf: 0, shard: 0, head: at(head), documents: head, entries: [], ...more };
}

/** An empty shard's copy: the leaf then has everything, which is nothing. */
function emptyCopy(collection: Collection): TermPush {
  return pushOf(collection, 0, { copy: { from: START, anew: true, documents: [], to: { position: at(0) } } });
}

async function push(message: TermPush): Promise<TermPushAnswer> {
  return exports.Terms.open().push(message);
}

function placeOf(answer: TermPushAnswer): TrackPlace {
  if (!answer.ok) throw new Error(answer.message);
  return answer.place;
}

async function search(collection: Collection, q: string): Promise<string[] | string> {
  const { fields } = collection;
  const parsed = parseQuery(q, { fields, searched: ["title"], operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  const plan = { clauses: parsed.clauses, searched: [{ field: "title" }], sort: [...BY_SCORE], limit: 10 };
  const session = await exports.Terms.open();
  const question = {
    ref: refOf(collection),
    ownership: ownershipOf(collection),
    plan,
    wanted: "best" as const,
  };
  const { answer } = await session.search(question, 20_000);
  return answer.ok ? answer.hits.map(({ id }) => id).toSorted() : answer.code;
}

/** Ends the leaf's instance, whatever it is at. */
async function kill(collection: Collection): Promise<void> {
  const ended = runInDurableObject(leafOf(collection), (_, ctx) => {
    ctx.abort("killed");
  });
  await expect(ended).rejects.toThrow("killed");
}

describe("a term leaf", () => {
  it("answers nothing for a shard that has told it nothing yet", async () => {
    const films = await declare();
    expect(await search(films, "alien")).toBe("replica-behind");
    expect(placeOf(await leafOf(films).push(emptyCopy(films)))).toEqual({ position: at(0) });
    expect(await search(films, "alien")).toEqual([]);
  });

  it("applies each batch once, whole and in order, though it is killed between pushes and their confirmations", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    const titles = ["alien", "aliens return", "star", "alien star", "moon", "alien moon"];
    const entries = titles.map((title, index) => entry(films, index + 1, title));
    let place: TrackPlace = { position: at(0) };
    let kills = 0;
    for (let round = 0; place.position.sequence < entries.length && round < 50; round++) {
      const from = place.position.sequence;
      // Of each push the primary does not hear, since the leaf dies; it asks where the leaf is by the next.
      const lost = leafOf(films)
        .push(pushOf(films, entries.length, { entries: entries.slice(from, from + 1) }))
        .catch(() => undefined);
      if (round % 2 === 0) await lost;
      await kill(films);
      kills += 1;
      await lost;
      place = placeOf(await leafOf(films).push(pushOf(films, from, {})));
      expect(place.position.sequence - from).toBeLessThanOrEqual(1);
    }
    expect(kills).toBeGreaterThanOrEqual(entries.length);
    expect(place).toEqual({ position: at(6) });
    expect(await search(films, "alien")).toEqual(["d1", "d2", "d4", "d6"]);
  });

  it("takes neither what it has nor what leaves a gap", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    const [first, second, third] = ["alien", "star", "moon"].map((title, index) =>
      entry(films, index + 1, title),
    );
    if (first === undefined || second === undefined || third === undefined)
      throw new Error("there are three");
    const pushEntries = async (...entries: LogEntry[]) =>
      placeOf(await leafOf(films).push(pushOf(films, 3, { entries })));
    expect(await pushEntries(first)).toEqual({ position: at(1) });
    expect(await pushEntries(third)).toEqual({ position: at(1) });
    expect(await pushEntries(first)).toEqual({ position: at(1) });
    expect(await pushEntries(first, second, third)).toEqual({ position: at(3) });
    expect(await search(films, "alien star moon")).toEqual(["d1", "d2", "d3"]);
  });

  it("that has lost its storage says so, and does not answer as if there were nothing", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    await push(pushOf(films, 1, { entries: [entry(films, 1, "alien")] }));
    await runInDurableObject(leafOf(films), async (_, ctx) => {
      await ctx.storage.deleteAll();
    });
    await kill(films);
    expect(await search(films, "alien")).toBe("replica-behind");
    const documents = [{ id: "d1", version: 1, json: skeleton(films, "d1", "alien") }];
    const copy = { from: START, anew: true, documents, to: { position: at(1) } };
    expect(placeOf(await leafOf(films).push(pushOf(films, 1, { copy })))).toEqual({ position: at(1) });
    expect(await search(films, "alien")).toEqual(["d1"]);
  });

  it("throws away what is damaged, and is to be told anew", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    const title = "alien";
    await push(pushOf(films, 1, { entries: [entry(films, 1, title)] }));
    await runInDurableObject(leafOf(films), (_, ctx) => {
      ctx.storage.sql.exec("UPDATE segment_rows_0 SET data = zeroblob(9) WHERE key > 1000000");
    });
    await kill(films);
    expect(await search(films, "alien")).toBe("replica-behind");
    expect(placeOf(await leafOf(films).push(pushOf(films, 1, {})))).toEqual(START);
  });

  it("takes nothing that was cut by the fields of another epoch", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    const later = await declare({ ...FIELDS, plot: { type: "text" } });
    expect(later.epoch).toBe(films.epoch + 1);
    // It hears of the new epoch by any request, and has to be told all documents by the new fields.
    const place = placeOf(await leafOf(films).push(pushOf(later, 0, {})));
    expect(place).toEqual({ position: at(0), copiedTo: "" });
    const answer = await leafOf(films).push(pushOf(films, 1, { entries: [entry(films, 1, "alien")] }));
    expect(answer).toMatchObject({ ok: false, code: "stale-epoch" });
  });

  it("is nobody's once its collection is gone, whoever still pushes to it", async () => {
    const films = await declare();
    await push(emptyCopy(films));
    await env.CATALOG.deleteCollection("films");
    await exports.Terms.purgeLeaf(films.id, 0);
    const answer = await leafOf(films).push(pushOf(films, 1, { entries: [entry(films, 1, "alien")] }));
    expect(answer).toMatchObject({ ok: false, code: "unknown-collection" });
    const tables = await runInDurableObject(leafOf(films), (_, ctx) =>
      ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'segment_rows%'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
