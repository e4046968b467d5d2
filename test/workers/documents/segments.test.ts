import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import type { SearchPlan } from "../../../core/contracts/search.ts";
import { MERGE_FACTOR } from "../../../shard-workers/segment/limits.ts";
import { branch, declare, find, leafOf, planOf, put, read, refOf, restart, spec, write } from "./one-leaf.ts";

/** So large that a few dozen of them fill the live segment, and are flushed. */
const PADDING = "padding ".repeat(12_500);
const DOCUMENTS_A_BATCH = 45;
/** Each becomes a segment: as many as a merge takes, and some. */
const BATCHES = MERGE_FACTOR + 2;

/** Rows of the segments themselves, without the manifest (row 0) and the log (from 2^50 on). */
const SEGMENTS = "key >= 4096 AND key < 1125899906842624";

async function fill(films: Collection): Promise<string[]> {
  const ids: string[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const batchIds = Array.from({ length: DOCUMENTS_A_BATCH }, (_, n) => `${batch}-${n}`);
    await write(
      films,
      batchIds.map((id) => put(id, { title: `film batch${batch}`, year: 1900 + batch, padding: PADDING })),
    );
    ids.push(...batchIds);
  }
  return ids.toSorted();
}

async function segmentCount(films: Collection): Promise<number> {
  const [row] = await runInDurableObject(leafOf(films), (_, { storage }) =>
    storage.sql
      .exec<{ count: number }>(
        `SELECT count(DISTINCT key / 4096) AS count FROM segment_rows WHERE ${SEGMENTS}`,
      )
      .toArray(),
  );
  return row?.count ?? 0;
}

/** Runs alarms until none is set. */
async function drainAlarms(films: Collection): Promise<number> {
  let alarms = 0;
  while (await runDurableObjectAlarm(leafOf(films))) alarms += 1;
  return alarms;
}

async function everyId(films: Collection): Promise<string[]> {
  const found = await find(films, "film", { sort: [{ field: "id", descending: false }], limit: 1_000 });
  return found.ids;
}

describe("a leaf that is written to for long", () => {
  it("flushes to segments, merges them by its alarm, and keeps every document through restarts", async () => {
    const films = await declare();
    const ids = await fill(films);
    // As many as there are batches, or fewer where an alarm was quick.
    expect(await segmentCount(films)).toBeGreaterThan(2);
    expect(await everyId(films)).toEqual(ids);

    // A restart between two steps of a merge: it begins again.
    await runDurableObjectAlarm(leafOf(films));
    await restart(films);
    await write(films, [put("0-0", { title: "film changed" }), { kind: "delete", id: "0-1" }]);
    // Alarms come by themselves, too.
    await vi.waitFor(
      async () => {
        await drainAlarms(films);
        expect(await segmentCount(films)).toBeLessThan(BATCHES / 2);
      },
      { timeout: 120_000, interval: 50 },
    );
    expect(await everyId(films)).toEqual(ids.filter((id) => id !== "0-1"));
    await restart(films);
    expect(await everyId(films)).toEqual(ids.filter((id) => id !== "0-1"));
    expect(await read(films, "0-0")).toEqual({ id: "0-0", title: "film changed" });
    expect((await find(films, "batch3", { limit: 100 })).ids).toHaveLength(DOCUMENTS_A_BATCH);
  });

  it("says how many documents a new field can't be found in, until its alarms have indexed them anew", async () => {
    // By a name of its own: an object that is busy when the test ends may outlive it.
    const films = await declare(spec, "changed");
    await fill(films);
    const fields = { ...films.fields, padding: { type: "text" as const } };
    const changed = await declare({ ...spec, fields }, "changed");
    const search = async (plan: SearchPlan) =>
      (await branch.search(refOf(changed), [0], plan, 20_000)).leaves;
    const ofNew = planOf("padding:padding", fields);

    const [report] = await search(ofNew);
    expect(report?.outdated).toBeGreaterThan(0);
    expect(await search(planOf("title:film", films.fields))).not.toMatchObject([
      { outdated: expect.anything() },
    ]);
    await vi.waitFor(
      async () => {
        await drainAlarms(changed);
        expect(await search(ofNew)).not.toMatchObject([{ outdated: expect.anything() }]);
      },
      { timeout: 120_000, interval: 50 },
    );
    expect((await find(changed, "padding:padding")).partial.total).toBe(BATCHES * DOCUMENTS_A_BATCH);
  });

  it("sets no alarm while there is nothing to merge", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "film" })]);
    expect(await drainAlarms(films)).toBe(0);
  });
});

describe("a leaf with a damaged row", () => {
  async function damaged(where: string): Promise<Collection> {
    const films = await declare();
    await fill(films);
    await drainAlarms(films);
    await restart(films, (storage) => {
      const rows = storage.sql
        .exec<{ key: number; data: ArrayBuffer }>(`SELECT key, data FROM segment_rows WHERE ${where}`)
        .toArray();
      for (const { key, data } of rows) {
        const bytes = new Uint8Array(data);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        storage.sql.exec("UPDATE segment_rows SET data = ? WHERE key = ?", bytes.buffer, key);
      }
    });
    return films;
  }

  it("says that it is corrupt and names the segment, to a search and to a write", async () => {
    const films = await damaged(SEGMENTS);
    const { leaves } = await branch.search(refOf(films), [0], planOf("film", films.fields), 20_000);
    expect(leaves).toMatchObject([{ failed: "corrupt", detail: expect.stringMatching(/segment \d+/) }]);
    const [answer] = await branch.write(refOf(films), [{ shard: 0, operations: [put("0-0")] }]);
    expect(answer).toMatchObject({ ok: false, code: "corrupt" });
    await drainAlarms(films);
  });

  it("says so of its manifest, too", async () => {
    const films = await damaged("key = 0");
    const { leaves } = await branch.search(refOf(films), [0], planOf("film", films.fields), 20_000);
    expect(leaves).toMatchObject([{ failed: "corrupt", detail: expect.stringContaining("manifest") }]);
  });
});
