import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { generationOf, refOf, type Collection } from "../../../core/collection.ts";
import { shardOf } from "../../../core/document/route.ts";
import { writeOrder } from "../../../core/document/write-order.ts";
import { leafStub } from "../../../shard-workers/documents/leaf-stub.ts";
import { ReplicaTransport } from "../../../shard-workers/documents/replication/transport.ts";
import { LeafMoves } from "../../../shard-workers/documents/resharding/leaf-moves.ts";
import { branch, env, put } from "./one-leaf.ts";
import {
  begin,
  contentOf,
  declareShards,
  documents,
  kill,
  objectOf,
  pass,
  primary,
  state,
  tablesOf,
  until,
  untilOver,
  wake,
  withoutPauses,
  writeAs,
} from "./resharding.ts";

beforeEach(withoutPauses);
afterEach(() => {
  vi.restoreAllMocks();
});

async function filled(shards: number, replicas = 1): Promise<Collection> {
  const films = await declareShards(shards, replicas);
  await writeAs(films, documents(120));
  return films;
}

async function expectEmpty(films: Collection, shards: number, generation: number): Promise<void> {
  for (let shard = 0; shard < shards; shard++) expect(await tablesOf(films, shard, generation)).toBe(0);
}

describe("a collection that is resharded", () => {
  it("goes to more and to fewer shards, with every document, its version, and nothing left behind", async () => {
    const films = await filled(4);
    await writeAs(films, [{ kind: "delete", id: "d7" }]);
    const before = await contentOf(films);
    await begin(films, 7);
    const atSeven = await untilOver();

    expect(atSeven).toMatchObject({ shards: 7, generation: 1, epoch: 4 });
    expect(await contentOf(atSeven)).toEqual(before);
    await expectEmpty(films, 4, 0);
    await begin(atSeven, 2);
    const atTwo = await untilOver();
    expect(atTwo).toMatchObject({ shards: 2, generation: 2 });
    expect(await contentOf(atTwo)).toEqual(before);
    await expectEmpty(films, 7, 1);
    expect(await env.CATALOG.listPurges()).toEqual([]);
  });

  it("gives versions above those that there were, also of documents that were deleted before, by a clock that goes wrong", async () => {
    const films = await filled(2);
    vi.spyOn(Date, "now").mockReturnValue(4_000_000_000_000);
    const [deleted] = await writeAs(films, [{ kind: "delete", id: "d7" }]);
    vi.mocked(Date.now).mockRestore();
    await begin(films, 3);
    const [written] = await writeAs(await untilOver(), [put("d7")]);

    expect(written).toMatchObject({ ok: true, created: true });
    expect(written?.ok === true && deleted?.ok === true && written.version > deleted.version).toBe(true);
  });

  it("still knows which event wrote a document last", async () => {
    const films = await filled(3);
    const order = (n: number) =>
      writeOrder({ at: 1_700_000_000_000 + n, sequence: n, index: 0, replay: 0, part: 0, pipeline: "p" });
    const event = (id: string, n: number) => ({ ...put(id, { year: n }), order: order(n) });
    await writeAs(films, [event("d1", 5), event("d2", 5), event("gone", 5), { kind: "delete", id: "gone" }]);
    await begin(films, 2);
    const now = await untilOver();
    const outcomes = await writeAs(now, [event("d1", 4), event("d2", 6), event("gone", 5)]);

    expect(outcomes.map((outcome) => outcome.ok && outcome.superseded === true)).toEqual([true, false, true]);
  });

  it("refuses whoever goes by the old declaration, and a repeated request finds everything", async () => {
    const films = await filled(4);
    await begin(films, 5);
    const now = await untilOver();
    const shard = shardOf(films, "d1");

    expect(await branch.getDocument(refOf(films), shard, "d1", 20_000)).toMatchObject({ ok: false });
    expect(await writeAs(films, [put("d1", { title: "again" })])).toMatchObject([
      { ok: true, created: false },
    ]);
    const answer = await branch.getDocument(refOf(now), shardOf(now, "d1"), "d1", 20_000);
    expect(answer).toMatchObject({ ok: true, document: { json: expect.stringContaining("again") } });
  });

  it("takes writes all the while, and loses none that was answered", async () => {
    const films = await filled(4);
    const answered = new Map<string, number>();
    const traffic = { isOn: true };
    const writer = async (name: string): Promise<void> => {
      for (let n = 0; traffic.isOn; n++) {
        const [outcome] = await writeAs(films, [put(`${name}${n % 30}`, { year: n })]);
        if (outcome?.ok === true) answered.set(outcome.id, outcome.version);
        await pass(1);
      }
    };
    const writers = Promise.all([writer("a"), writer("b")]);
    await begin(films, 6);
    const now = await untilOver();
    traffic.isOn = false;
    await writers;

    const content = await contentOf(now);
    expect(answered.size).toBeGreaterThan(2);
    for (const [id, version] of answered) expect(content.get(id)?.version).toBe(version);
  });

  it("goes on when leaves and the coordinator are killed again and again", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const films = await filled(3);
    const before = await contentOf(films);
    await begin(films, 4);
    for (let n = 0; n < 12; n++) {
      await kill(objectOf(films, n % 4, 1)).catch(() => undefined);
      if (n % 3 === 0) await kill(objectOf(films, n % 3, 0)).catch(() => undefined);
      if (n % 4 === 0) await kill(env.RESHARD.getByName(films.id)).catch(() => undefined);
      await pass(10);
    }
    await wake(films);

    expect(await contentOf(await untilOver())).toEqual(before);
  });
});

describe("a resharding", () => {
  it("is paused, serves as before, and goes on", async () => {
    const films = await filled(4);
    await begin(films, 5);
    expect(await env.CATALOG.changeReshard("films", { kind: "pause" })).toMatchObject({ ok: true });
    const { collection } = await state();

    expect(await writeAs(collection, [put("new")])).toMatchObject([{ ok: true }]);
    expect(collection.shards).toBe(4);
    await env.CATALOG.changeReshard("films", { kind: "resume" });
    await wake(films);
    const now = await untilOver();
    expect(now.shards).toBe(5);
    expect((await contentOf(now)).has("new")).toBe(true);
  });

  it("is undone: the new leaves are gone, and everything is where it was", async () => {
    const films = await filled(4);
    const before = await contentOf(films);
    await begin(films, 7);
    await until(({ copied }) => copied > 0);
    await env.CATALOG.changeReshard("films", { kind: "undo" });
    await wake(films);
    const now = await untilOver();

    expect(now).toMatchObject({ shards: 4 });
    expect(await contentOf(now)).toEqual(before);
    await expectEmpty(films, 7, 1);
    expect(await env.CATALOG.listPurges()).toEqual([]);
  });

  it("stops with its reason when a new leaf can't store what it gets, and goes on when it can", async () => {
    const films = await filled(2);
    const take = vi.spyOn(LeafMoves.prototype, "take").mockImplementation(() => {
      throw new Error("database or disk is full: SQLITE_FULL");
    });
    await begin(films, 3);
    await until(({ paused }) => paused);

    expect((await state()).reshard).toMatchObject({
      step: "copy",
      problem: "The shard's storage is full.",
    });
    expect((await state()).collection.shards).toBe(2);
    take.mockRestore();
    await env.CATALOG.changeReshard("films", { kind: "resume" });
    await wake(films);
    expect((await contentOf(await untilOver())).size).toBe(120);
    expect((await state()).reshard).not.toHaveProperty("problem");
  });

  it("of a collection that is deleted ends, and leaves nothing", async () => {
    const films = await filled(3);
    await begin(films, 4);
    await until(({ copied }) => copied > 0);
    const deleted = await env.CATALOG.deleteCollection("films");
    if (!deleted.ok || deleted.building === undefined) throw new Error("there were two generations");
    await branch.purge(films.id, [0, 1, 2], [0]);
    await branch.purge(films.id, [0, 1, 2, 3], [0], 1);
    await wake(films);
    // Whatever was under way is refused.
    expect(await primary(films, 0, 1).moveIn({ ...refOf(films), epoch: 9, generation: 1 }, 0)).toMatchObject({
      ok: false,
    });
    const alarm = () =>
      runInDurableObject(env.RESHARD.getByName(films.id), (_, { storage }) => storage.getAlarm());
    await expect.poll(alarm).toBeNull();
    await expectEmpty(films, 3, 0);
    await expectEmpty(films, 4, 1);
  });
});

describe("a leaf that is handed over", () => {
  /** A resharding that is about to be handed over, which nobody drives. */
  async function aboutToBeHandedOver(): Promise<Collection> {
    const films = await filled(1);
    await env.CATALOG.changeReshard("films", { kind: "begin", shards: 2 });
    const { collection } = await state();
    for (const target of [0, 1])
      await primary(films, target, 1).moveIn({ ...refOf(collection), generation: 1 }, 0);
    await env.CATALOG.reportReshard(films.id, { kind: "copied", epoch: collection.epoch });
    const handing = await env.CATALOG.reportReshard(films.id, { kind: "caught-up", epoch: collection.epoch });
    if (handing === null) throw new Error("it is there");
    expect(await primary(films, 0, 0).fence(refOf(handing.collection))).toEqual({ ok: true });
    return handing.collection;
  }

  it("holds writes until that is called off, and takes them then", async () => {
    const films = await aboutToBeHandedOver();
    const held = writeAs(films, [put("held")]);
    await pass(60);
    expect((await contentOf(films)).has("held")).toBe(false);
    const report = { kind: "hand-over-failed", epoch: films.epoch, problem: "no" } as const;
    await env.CATALOG.reportReshard(films.id, report);

    expect(await held).toMatchObject([{ ok: true, created: true }]);
    const { collection, reshard } = await state();
    expect(reshard).toMatchObject({ step: "catch-up", problem: "no" });
    expect((await contentOf(collection)).has("held")).toBe(true);
  });

  it("is fenced after a death, too, and answers nothing of the old epoch once others have taken over", async () => {
    const films = await aboutToBeHandedOver();
    await runInDurableObject(objectOf(films, 0, 0), async (_, ctx) => ctx.storage.sync());
    await kill(objectOf(films, 0, 0));
    const held = writeAs(films, [put("held")]);
    const floors = { 0: 1, 1: 1 };
    await env.CATALOG.reportReshard(films.id, { kind: "handed-over", epoch: films.epoch, floors });

    expect(await held).toMatchObject([{ ok: true, created: true }]);
    expect(await branch.getDocument(refOf(films), 0, "d1", 20_000)).toMatchObject({ code: "stale-epoch" });
    const { collection } = await state();
    expect((await contentOf(collection)).size).toBe(121);
  });

  it("is not handed over at an epoch that is over: what was fenced then may have taken writes since", async () => {
    const films = await aboutToBeHandedOver();
    const redeclared = { ...films, fields: { ...films.fields, more: { type: "number" } as const } };
    const { layout, shards, replicas, fields } = redeclared;
    await env.CATALOG.putCollection("films", { layout, shards, replicas, fields });
    const report = { kind: "handed-over", epoch: films.epoch, floors: { 0: 1, 1: 1 } } as const;
    await env.CATALOG.reportReshard(films.id, report);

    expect((await state()).reshard.step).toBe("hand-over");
    await wake(films);
    const now = await untilOver();
    expect(now.shards).toBe(2);
    expect((await contentOf(now)).size).toBe(120);
  });
});

describe("replicas of new leaves", () => {
  it("serve no read before they have what was handed over to their shard", async () => {
    const films = await filled(2, 2);
    // Nothing comes from a primary by itself, and the hand-over does not wait for that.
    vi.spyOn(LeafMoves.prototype, "isReplicated", "get").mockReturnValue(true);
    const push = vi.spyOn(ReplicaTransport.prototype, "push");
    push.mockRejectedValue(new Error("lost"));
    const pull = vi.spyOn(ReplicaTransport.prototype, "pull");
    pull.mockRejectedValue(new Error("lost"));
    vi.spyOn(console, "error").mockReturnValue();
    await begin(films, 3);
    const now = await untilOver();
    const replica = leafStub(env, now.id, 0, 1, generationOf(now));

    expect(await replica.exportPage(refOf(now), "")).toMatchObject({ ok: false, code: "replica-behind" });
    pull.mockRestore();
    await expect.poll(async () => replica.exportPage(refOf(now), "")).toMatchObject({ ok: true, done: true });
    const [own, theirs] = await Promise.all([
      primary(now, 0, generationOf(now)).exportPage(refOf(now), ""),
      replica.exportPage(refOf(now), ""),
    ]);
    expect(theirs).toEqual(own);
  });
});
