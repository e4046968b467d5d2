import { beforeAll, describe, expect, it } from "vitest";
import { HEDGE_BURST, SCATTER_POLICY } from "../../core/scatter/limits.ts";
import { FaultInjector } from "../../core/faults/fault-injector.ts";
import { endFaults, prepare, putFaults, runSearches, searchAll } from "../support/fault-runs.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
});

/** How many of the first calls to each shard's primary a rule strikes: what the faults' seed decides, and nothing else. */
function struck(rule: object, shards: number, callsEach: number): number[] {
  return Array.from({ length: shards }, (_, shard) => {
    const injector = new FaultInjector({ shard, replica: 0 });
    const plan = { revision: "r", seed: 1, rules: [{ collection: "c", ...rule }], hedge: true, retry: true };
    const faults = Array.from({ length: callsEach }, () => injector.faultAt("before-read", plan));
    return faults.filter((fault) => fault !== undefined).length;
  });
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

describe("one leaf call in a hundred is late, over 5 shards", () => {
  // Long enough that no machine is taken for it that stands still for a moment, with fifty searches under way.
  const slowMs = 5_000;
  const rule = { delayMs: slowMs, delayRate: 0.01 };
  const searches = 500;

  it("makes about one search in twenty slow where there are no replicas", async () => {
    const documents = await prepare(platform, "late-alone", { shards: 5, replicas: 1 });
    await putFaults(platform, { rules: [{ collection: "late-alone", ...rule }], seed: 1 });
    const tally = await runSearches(platform, "late-alone", { searches, atATime: 50, documents, slowMs });
    const late = struck(rule, 5, searches);

    expect(tally).toMatchObject({ complete: searches, calls: 5 * searches, hedges: 0 });
    // Two late calls may meet in one search.
    expect(tally.slow).toBeLessThanOrEqual(sum(late));
    expect(tally.slow).toBeGreaterThanOrEqual(Math.max(...late));
    expect(sum(late) / searches).toBeGreaterThan(0.03);
  });

  it("makes none slow where there are two, for at most 6 % more calls", async () => {
    const documents = await prepare(platform, "late-twice", { shards: 5, replicas: 2 });
    await putFaults(platform, { rules: [{ collection: "late-twice", ...rule }], seed: 1 });
    const tally = await runSearches(platform, "late-twice", { searches, atATime: 50, documents, slowMs });

    expect(tally).toMatchObject({ complete: searches, slow: 0, retries: 0 });
    expect(tally.hedges).toBeGreaterThan(0);
    expect(tally.hedges + tally.canaries).toBe(tally.calls - 5 * searches);
    expect(tally.hedges).toBeLessThanOrEqual(5 * searches * SCATTER_POLICY.hedgeShare + HEDGE_BURST + 5);
    expect(tally.canaries).toBeLessThanOrEqual(tally.hedges);
  });
});

describe("one leaf call in a hundred fails, over 100 shards", () => {
  const searches = 120;
  /** Of 120 searches, 63 % have a call that fails, give or take 4.4: so few is once in ten million runs. */
  const atLeast = 0.4;
  let documents = 0;

  beforeAll(async () => {
    documents = await prepare(platform, "failing", { shards: 100, replicas: 2 });
  });

  const run = async (retry: boolean) => {
    await putFaults(platform, { rules: [{ collection: "failing", failRate: 0.01 }], seed: 1, retry });
    return runSearches(platform, "failing", { searches, atATime: 6, documents });
  };

  it("makes many searches fail without retries", async () => {
    const { failed, complete } = await run(false);

    expect(failed / searches).toBeGreaterThan(atLeast);
    expect(failed + complete).toBe(searches);
  });

  it("makes none fail with them, though many had a call that did", async () => {
    const tally = await run(true);

    expect(tally).toMatchObject({ complete: searches, failed: 0 });
    expect(tally.hadFailures / searches).toBeGreaterThan(atLeast);
    expect(tally.retries).toBeGreaterThanOrEqual(tally.hadFailures);
    expect(tally.calls).toBe(100 * searches + tally.hedges + tally.retries + tally.canaries);
  });
});

describe("a dead replica of every shard", () => {
  let documents = 0;

  beforeAll(async () => {
    documents = await prepare(platform, "half-dead", { shards: 6, replicas: 2 });
  });

  it.each([
    ["that fails", { failRate: 1 }],
    ["that hangs", { delayMs: 30_000 }],
  ])("%s: every search succeeds, and soon hardly any call goes there", async (_, fault) => {
    await putFaults(platform, { rules: [{ collection: "half-dead", replica: 0, ...fault }] });
    const tally = await runSearches(platform, "half-dead", { searches: 300, atATime: 10, documents });

    expect(tally).toMatchObject({ complete: 300, failed: 0 });
    // Half of 1,800 calls would have gone to it, each costing another. What a busy machine hedges is no 450.
    expect(tally.calls).toBeLessThan(1_800 + 450);
    await endFaults(platform);
  });

  it.each([
    ["fails", { failRate: 1 }],
    ["hangs", { delayMs: 30_000 }],
  ])("that %s: after the first second no search waits for it", async (how, fault) => {
    const collection = `half-dead-${how}`;
    await prepare(platform, collection, { shards: 6, replicas: 2 });
    await putFaults(platform, { rules: [{ collection, replica: 0, ...fault }] });
    const learnt = Date.now() + 1_000;
    // Also where a machine that stands still gets through few in a second.
    for (let n = 0; n < 20 || Date.now() < learnt; n++) await searchAll(platform, collection);
    for (let n = 0; n < 50; n++) {
      const { status, body } = await searchAll(platform, collection);
      const waitedFor = (body.explain ?? []).map(({ attempts: [first] }) => [first?.kind, first?.replica]);

      expect(status).toBe(200);
      expect(waitedFor).toEqual(Array.from({ length: 6 }, () => ["first", 1]));
      expect(body.leaves.retried).toBe(0);
    }
    await endFaults(platform);
  });
});

describe("a shard whose replicas are all dead", () => {
  beforeAll(async () => {
    await prepare(platform, "one-lost", { shards: 4, replicas: 2 });
  });

  it("is named in a 503, and missing from an answer that may be partial", async () => {
    // Without hedges, which a busy machine would have among the retries.
    await putFaults(platform, { rules: [{ collection: "one-lost", shard: 2, failRate: 1 }], hedge: false });
    const forbidden = await searchAll(platform, "one-lost");
    const allowed = await searchAll(platform, "one-lost", {
      partial: "allow",
      facets: { n: { limit: 1 } },
      aggregations: { most: { max: "n" } },
    });

    const failed = [{ shard: 2, code: "unavailable", detail: expect.any(String) }];
    expect(forbidden).toMatchObject({
      status: 503,
      body: {
        code: "shards-unavailable",
        detail: expect.stringContaining("shard 2"),
        leaves: { answered: 3, failed },
      },
    });
    expect(allowed).toMatchObject({ status: 200, body: { leaves: { total: 4, answered: 3, failed } } });
    expect(allowed.body.coverage).toBeCloseTo(0.75, 2);
    expect(allowed.body).toMatchObject({
      total: { exact: false },
      facets: { n: { exact: false } },
      aggregations: { most: { exact: false } },
    });
    const row = allowed.body.explain?.find(({ shard }) => shard === 2);
    expect(row?.attempts.map(({ state, code }) => [state, code])).toEqual(
      [1, 2, 3, 4].map(() => ["failed", "unavailable"]),
    );
    expect(allowed.body.leaves.retried).toBe(3);
  });

  it("that hangs is a 504 at the deadline, and missing from an answer that may be partial", async () => {
    await putFaults(platform, { rules: [{ collection: "one-lost", shard: 2, delayMs: 30_000 }] });
    // Long enough for the other shards on any machine, and side by side.
    const deadlineMs = 6_000;
    const [forbidden, allowed] = await Promise.all([
      searchAll(platform, "one-lost", { deadlineMs }),
      searchAll(platform, "one-lost", { deadlineMs, partial: "allow" }),
    ]);

    const leaves = { answered: 3, failed: [{ shard: 2, code: "deadline-exceeded" }] };
    expect(forbidden).toMatchObject({ status: 504, body: { code: "deadline-exceeded", leaves } });
    expect(allowed).toMatchObject({ status: 200, body: { leaves } });
  });

  it("fails any search when all shards are", async () => {
    await putFaults(platform, { rules: [{ collection: "one-lost", failRate: 1 }] });
    expect(await searchAll(platform, "one-lost", { partial: "allow" })).toMatchObject({
      status: 503,
      body: { code: "shards-unavailable", detail: expect.stringContaining("No shard has answered") },
    });
    await endFaults(platform);
    expect(await searchAll(platform, "one-lost")).toMatchObject({ status: 200, body: { coverage: 1 } });
  });
});

describe("a fault of a write", () => {
  beforeAll(async () => {
    await prepare(platform, "written", { shards: 1, replicas: 2 });
  });

  const put = (id: string) =>
    platform.json<{ bookmark: string }>("PUT", `/v1/collections/written/documents/${id}`, { n: 1 });
  const get = async (id: string) =>
    (await platform.json("GET", `/v1/collections/written/documents/${id}`)).status;

  it("before it leaves nothing behind; after it the document is there, though nobody was told", async () => {
    await putFaults(platform, { rules: [{ collection: "written", stage: "before-write", failRate: 1 }] });
    expect((await put("before")).status).toBe(503);
    await putFaults(platform, { rules: [{ collection: "written", stage: "after-write", failRate: 1 }] });
    expect((await put("after")).status).toBe(503);
    await endFaults(platform);

    expect([await get("before"), await get("after")]).toEqual([404, 200]);
  });

  it("after which nobody was told is made good by writing again: the document is there once, and its version rises", async () => {
    await putFaults(platform, { rules: [{ collection: "written", stage: "after-write", failRate: 1 }] });
    expect((await put("again")).status).toBe(503);
    const untold = await platform.json("GET", "/v1/collections/written/documents/again");
    await endFaults(platform);
    const first = await put("again");
    const second = await put("again");
    const all = await searchAll(platform, "written", { limit: 100, bookmark: second.body.bookmark });

    expect([untold.status, first.status, second.status]).toEqual([200, 200, 200]);
    // A version is its entity tag, in base 36.
    const versions = [untold, first, second].map(({ headers }) =>
      Number.parseInt(headers.get("etag")?.slice(1, -1) ?? "", 36),
    );
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(all.body.hits.filter(({ id }) => id === "again")).toHaveLength(1);
  });

  it("on its way to a replica leaves that behind, until the fault is gone", async () => {
    const states = async () => {
      const { body } = await platform.json<{ stats: { shards: { replicas: { state: string }[] }[] } }>(
        "GET",
        "/v1/collections/written",
      );
      return body.stats.shards[0]?.replicas.map(({ state }) => state);
    };
    await putFaults(platform, { rules: [{ collection: "written", stage: "replication", failRate: 1 }] });
    expect((await put("late")).status).toBe(201);
    expect(await states()).toEqual(["current", "behind"]);
    await endFaults(platform);
    expect((await put("later")).status).toBe(201);
    await expect.poll(states, { timeout: 50_000 }).toEqual(["current", "current"]);
  });
});

it("a search gets the documents of its hits as they were when it found them, though another replica lags", async () => {
  // Too large to come with their hits: they are fetched.
  const text = "x".repeat(100_000);
  await prepare(platform, "lagging", { shards: 1, replicas: 2 });
  await putFaults(platform, { rules: [{ collection: "lagging", stage: "replication", failRate: 1 }] });
  const documents = ["a", "b", "c"].map((id) => ({ id, n: 1, text }));
  expect((await platform.json("POST", "/v1/collections/lagging/documents", documents)).status).toBe(200);

  // Side by side, so that both replicas have to do: one search after another would all go to the faster one.
  let turnedAway = false;
  for (let round = 0; round < 50 && !turnedAway; round++) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => searchAll(platform, "lagging", { limit: 100 })),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.hits).toHaveLength(body.total.count);
      const attempts = body.explain?.flatMap((row) => row.attempts) ?? [];
      turnedAway ||= attempts.some(({ code }) => code === "replica-behind");
    }
  }
  expect(turnedAway).toBe(true);
  await endFaults(platform);
});

it("an answer's Server-Timing shows its phases", async () => {
  const { headers } = await searchAll(platform, "one-lost");
  expect(headers.get("server-timing")).toMatch(
    /^catalog;dur=[\d.]+, scatter;dur=[\d.]+, fetch;dur=[\d.]+, total;dur=[\d.]+$/,
  );
});
