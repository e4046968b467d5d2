import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { putFaults } from "../support/fault-runs.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

const FIELDS = {
  title: { type: "text", language: "english" },
  text: { type: "text", language: "english" },
  author: { type: "keyword" },
};

interface Answer {
  hits: { id: string; score: number }[];
  total: { count: number };
  facets: { author: { buckets: unknown[]; exact: boolean } };
  leaves: { total: number; answered: number; skipped: number; failed: object[] };
  coverage: number;
  ranking: string;
  explain: { shard: number; replica: number; attempts: { state: string }[] }[];
}

interface ScatterBody {
  result: unknown;
  coverage: number;
  cost: { functionCalls: number };
  leaves: { answered: number };
  explain: { mapped: number; functionCalls: number }[];
}

/** The lines of one of the collection's files, which are ours. */
function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, "../cranfield", name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

const corpus = lines<{ id: string }>("corpus.jsonl").slice(0, 200);
const queries = lines<{ text: string }>("queries.jsonl").filter((_, index) => index % 30 === 0);

let platform: Platform;

async function search(collection: string, request: object): Promise<Answer> {
  const { status, body } = await platform.json<Answer>("POST", `/v1/collections/${collection}/search`, {
    facets: ["author"],
    deadlineMs: 30_000,
    explain: true,
    ...request,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function upload(name: string, code: string): Promise<void> {
  const spec = { modules: { "index.js": code } };
  const { status, body } = await platform.json("PUT", `/v1/functions/${name}`, spec);
  expect(status, JSON.stringify(body)).toBe(201);
}

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
  for (const [name, layout] of [
    ["divided", "documents"],
    ["copied", "replicas"],
  ]) {
    await platform.json("PUT", `/v1/collections/${name}`, { layout, shards: 4, fields: FIELDS });
    await platform.json("POST", `/v1/collections/${name}/documents`, corpus);
  }
  for (let current = false; !current;) {
    const { body } = await platform.json<{ stats: { shards: { replicas: { state: string }[] }[] } }>(
      "GET",
      "/v1/collections/copied",
    );
    current = body.stats.shards.every((shard) => shard.replicas.every(({ state }) => state === "current"));
  }
});

describe("a collection whose leaves all have everything", () => {
  it("has as many leaves as shards are declared, each with all documents", async () => {
    const { body } = await platform.json("GET", "/v1/collections/copied");
    expect(body).toMatchObject({
      layout: "replicas",
      shards: 4,
      replicas: 1,
      stats: { documents: 200, shards: [{ documents: 200, replicas: [{}, {}, {}, {}] }] },
    });
  });

  it("asks one leaf what is little work", async () => {
    const { leaves, explain, coverage } = await search("copied", { q: "flow" });
    expect(leaves).toMatchObject({ total: 4, answered: 1, skipped: 3, failed: [] });
    expect(explain).toHaveLength(1);
    expect(coverage).toBe(1);
  });

  it("divides what is much work, with the same hits, scores and facets, also when a leaf is dead", async () => {
    const rules = [{ collection: "copied", workMs: 600 }];
    await putFaults(platform, { rules });
    // What a search takes is learnt from the one before.
    await search("copied", { q: "flow" });
    const answered: number[] = [];
    for (const [index, { text }] of queries.entries()) {
      if (index === 4)
        await putFaults(platform, { rules: [...rules, { collection: "copied", replica: 2, failRate: 1 }] });
      const request = { q: text, operator: index % 2 === 0 ? "or" : "and" };
      const [divided, copied] = [await search("divided", request), await search("copied", request)];
      expect(copied.hits.map(({ id, score }) => [id, score])).toEqual(
        divided.hits.map(({ id, score }) => [id, score]),
      );
      expect(copied).toMatchObject({
        total: divided.total,
        facets: divided.facets,
        coverage: 1,
        ranking: "exact",
        leaves: { total: 4, failed: [] },
      });
      answered.push(copied.leaves.answered);
    }
    expect(Math.max(...answered.slice(0, 4))).toBe(4);
    expect(Math.max(...answered.slice(4))).toBe(3);
  });

  it("divides a function's documents too, with one leaf's result, also when a leaf is dead", async () => {
    const code = `
      export const map = (documents) => documents.map(({ id }) => id).sort();
      export const reduce = (partials) => partials.flat().sort();`;
    await upload("ids", code);
    const scatter = (request: object) =>
      platform.json<ScatterBody>("POST", "/v1/collections/copied/scatter", {
        function: "ids",
        deadlineMs: 30_000,
        explain: true,
        ...request,
      });
    const rules = [{ collection: "copied", workMs: 600 }];
    await putFaults(platform, { rules });
    /** Another filter is another piece of work: nothing is known of it, so it is divided again. One leaf may be too late for its part. */
    const dividedBy = async (answered: number) => {
      for (let n = 0; ; n++) {
        const answer = await scatter({ filter: `id <> 'none-${answered}-${n}'` });
        if (answer.body.leaves.answered === answered || n === 4) return answer;
      }
    };
    const whole = await dividedBy(4);
    expect(whole.body.result).toEqual(corpus.map(({ id }) => id).toSorted());
    expect(whole.body).toMatchObject({ coverage: 1, leaves: { total: 4, answered: 4, failed: [] } });
    const rows = whole.body.explain;
    expect(rows.reduce((sum, { mapped }) => sum + mapped, 0)).toBe(corpus.length);
    // All leaves' calls, and the root's that brings their ranges together.
    const calls = rows.reduce((sum, { functionCalls }) => sum + functionCalls, 0);
    expect(whole.body.cost.functionCalls).toBe(calls + 1);

    await putFaults(platform, { rules: [...rules, { collection: "copied", replica: 2, failRate: 1 }] });
    const without = await dividedBy(3);
    expect(without.body.result).toEqual(whole.body.result);
    expect(without.body).toMatchObject({ coverage: 1, leaves: { answered: 3, failed: [] } });

    await upload(
      "fails",
      "export const map = () => { throw new Error('no'); }; export const reduce = () => 0;",
    );
    const failed = await scatter({ function: "fails" });
    expect(failed).toMatchObject({ status: 422, body: { code: "function-failed" } });
  });

  it("answers what it has when only that is to be had in time", async () => {
    await putFaults(platform, {
      rules: [
        { collection: "copied", workMs: 6_000 },
        ...[1, 2, 3].map((replica) => ({ collection: "copied", replica, delayMs: 20_000 })),
      ],
    });
    // Long enough for one leaf to have done some of its work on any machine, and too short for all of it.
    const { coverage, leaves } = await search("copied", { partial: "allow", deadlineMs: 5_000 });
    expect(coverage).toBeLessThan(1);
    expect(leaves.failed).toHaveLength(1);
  });

  it("keeps its layout, and takes another number of leaves", async () => {
    await platform.json("DELETE", "/v1/faults");
    const put = (body: object) => platform.json("PUT", "/v1/collections/copied", { fields: FIELDS, ...body });
    expect(await put({ layout: "documents", shards: 4 })).toMatchObject({ status: 409 });
    expect(await put({ layout: "replicas", shards: 33 })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "shards" }] },
    });
    expect(await put({ layout: "replicas", shards: 2 })).toMatchObject({ status: 200, body: { shards: 2 } });
    expect((await search("copied", { q: "flow" })).leaves.total).toBe(2);
    expect(await put({ layout: "replicas", replicas: 3 })).toMatchObject({
      status: 200,
      body: { shards: 1, replicas: 3 },
    });
    expect((await search("copied", { q: "flow" })).leaves.total).toBe(3);
  });
});

describe("the planner", () => {
  const plan = (body: object) => platform.json("POST", "/v1/planner", body);
  const figures = { leafLatencyMs: { p50: 10, p99: 2_000 }, leafFailure: 0.01, overheadMs: 0.06 };

  it("answers the pattern's figures, and what two replicas make of them", async () => {
    const { status, body } = await plan({ ...figures, leaves: [5, 100], target: { overMs: 2_000 } });
    expect(status).toBe(200);
    const { options } = body as { options: { over: { anyLeaf: number }; failing: number }[] }; // as /openapi.json says
    expect(options[0]?.over.anyLeaf).toBeCloseTo(0.049, 3);
    expect(options[2]?.over.anyLeaf).toBeLessThan(0.001);
    expect(options[5]?.failing).toBeCloseTo(0.634, 3);
    expect(body).toMatchObject({ choice: { leaves: 5, replicas: 2, hedging: true, meetsTarget: true } });
  });

  it("says what would do where figures make no sense, or nobody has searched yet", async () => {
    const odd = await plan({ ...figures, leafLatencyMs: { p50: 20, p99: 10 } });
    expect(odd).toMatchObject({ status: 400, body: { errors: [{ path: "leafLatencyMs.p99" }] } });
    await platform.json("PUT", "/v1/collections/unsearched", { fields: FIELDS });
    expect(await plan({ collection: "unsearched" })).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
  });
});
