import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bundleFunction } from "../../client/bundle-function.mjs";
import { endFaults, prepare, putFaults } from "../support/fault-runs.ts";
import { startPlatform, type Platform } from "../support/platform.ts";
import { runTool } from "../support/run-tool.ts";
import { FILMS, loadFilms, type Film } from "./films.ts";

interface ScatterBody {
  result: unknown;
  function: { name: string; version: string };
  leaves: { total: number; answered: number; failed: { shard: number; code: string }[]; retried: number };
  coverage: number;
  cost: { doRequests: number; rowsRead: number; functionCalls: number; usd: number };
  explain?: { shard: number; replica: number; mapped: number; functionCalls: number; attempts: object[] }[];
}

let platform: Platform;

async function deployExample(name: string): Promise<void> {
  const spec = await bundleFunction(`examples/functions/${name}.ts`);
  const { status, body } = await platform.json("PUT", `/v1/functions/${name}`, spec);
  expect(status, JSON.stringify(body)).toBe(201);
}

async function upload(name: string, code: string): Promise<void> {
  const spec = { modules: { "index.js": code } };
  expect((await platform.json("PUT", `/v1/functions/${name}`, spec)).status).toBe(201);
}

async function scatter(collection: string, request: object): Promise<{ status: number; body: ScatterBody }> {
  return platform.json<ScatterBody>("POST", `/v1/collections/${collection}/scatter`, request);
}

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
  await loadFilms(platform);
  await deployExample("title-words");
  await deployExample("histogram");
});

/** In how many titles each word of `minLength` letters and more is: over a plain array, in plain JavaScript. */
function titleWords(films: readonly Film[], minLength: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const film of films) {
    const words =
      String(film["title"] ?? "")
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [];
    for (const word of new Set(words)) if (word.length >= minLength) counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

describe("a map and reduce over the films", () => {
  it("is what plain JavaScript makes of the same films: words that titles share", async () => {
    const { status, body } = await scatter("films", {
      function: "title-words",
      input: { minLength: 5 },
      explain: true,
    });

    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.result).toEqual(titleWords(FILMS, 5));
    expect(body).toMatchObject({ function: { name: "title-words" }, coverage: 1, leaves: { failed: [] } });
    const rows = body.explain ?? [];
    expect(rows.reduce((sum, { mapped }) => sum + mapped, 0)).toBe(FILMS.length);
    const calls = rows.reduce((sum, { functionCalls }) => sum + functionCalls, 0);
    // A branch's reduce and the last one come to those of the leaves.
    expect(body.cost.functionCalls).toBe(calls + 2);
  });

  it("so it is of those that match a filter, by the fields that are selected", async () => {
    const since = FILMS.filter(({ year }) => Number(year) >= 2000);
    const words = await scatter("films", {
      function: "title-words",
      input: { minLength: 5 },
      filter: "year >= 2000",
      select: ["title"],
    });
    const untitled = await scatter("films", { function: "title-words", select: ["year"] });

    expect(words.body.result).toEqual(titleWords(since, 5));
    expect(untitled.body.result).toEqual({});
  });

  it("so is a histogram", async () => {
    const { body } = await scatter("films", {
      function: "histogram",
      input: { field: "rating", width: 0.5 },
      filter: "genre = 'Drama'",
    });
    const ratings = FILMS.filter(({ genre }) => genre === "Drama").map(({ rating }) => rating);
    const rated = ratings.filter((rating) => rating !== undefined).map(Number);
    const bins: Record<string, number> = {};
    for (const rating of rated) {
      const bin = String(Math.floor(rating / 0.5) * 0.5);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }

    expect(body.result).toEqual({
      bins,
      count: rated.length,
      without: ratings.length - rated.length,
      min: Math.min(...rated),
      max: Math.max(...rated),
    });
  });

  it("sees a leaf as it was at one moment, whatever is written meanwhile: each film once", async () => {
    await upload(
      "slow-ids",
      `export async function map(documents) {
         await new Promise((resolve) => setTimeout(resolve, 100));
         return documents.map(({ id, generation }) => [id, generation ?? 0]);
       }
       export const reduce = (partials) => partials.flat();`,
    );
    await platform.json("PUT", "/v1/collections/moving", { shards: 1, fields: { title: { type: "text" } } });
    const write = (films: readonly object[]) =>
      platform.json("POST", "/v1/collections/moving/documents", films);
    await write(FILMS);
    const state = { running: true };
    const scattered = scatter("moving", { function: "slow-ids", select: ["generation"], deadlineMs: 30_000 });
    void scattered.finally(() => (state.running = false));
    let written = 0;
    for (; state.running && written < FILMS.length; written += 50)
      await write(FILMS.slice(written, written + 50).map((film) => ({ ...film, generation: 1 })));
    const { status, body } = await scattered;

    expect(status, JSON.stringify(body)).toBe(200);
    const read = new Map(body.result as [string, number][]);
    expect((body.result as unknown[]).length).toBe(FILMS.length);
    // Writes are whole, and in order: what it saw of them is their beginning.
    const seen = FILMS.filter(({ id }) => read.get(id) === 1).length;
    expect(seen % 50).toBe(0);
    expect(FILMS.map(({ id }) => read.get(id))).toEqual(FILMS.map((_, n) => (n < seen ? 1 : 0)));
    expect(written).toBeGreaterThan(seen);
  });

  it("leaves its leaves free for searches between two batches", async () => {
    await upload(
      "patient",
      `export async function map(documents) {
         await new Promise((resolve) => setTimeout(resolve, 400));
         return documents.length;
       }
       export const reduce = (partials) => partials.reduce((sum, n) => sum + n, 0);`,
    );
    let done = false;
    const running = scatter("films", { function: "patient", deadlineMs: 30_000 }).finally(
      () => (done = true),
    );
    const search = await platform.json("POST", "/v1/collections/films/search", { q: "godfather" });

    expect(search.status).toBe(200);
    expect(done).toBe(false);
    expect((await running).body.result).toBe(FILMS.length);
  });
});

describe("where leaves fail", () => {
  const count = `export const map = (documents) => documents.length;
    export const reduce = (partials) => partials.reduce((sum, n) => sum + n, 0);`;
  let documents = 0;

  beforeAll(async () => {
    await upload("count", count);
    documents = await prepare(platform, "twins", { shards: 6, replicas: 2 });
    await prepare(platform, "alone", { shards: 4, replicas: 1 });
  });

  it("another replica answers, and the dead one is left alone until it is well", async () => {
    await putFaults(platform, { rules: [{ collection: "twins", replica: 0, failRate: 1 }] });
    let retried = 0;
    for (let n = 0; n < 10; n++) {
      const { body } = await scatter("twins", { function: "count" });
      expect(body).toMatchObject({ result: documents, coverage: 1, leaves: { answered: 6, failed: [] } });
      retried += body.leaves.retried;
    }
    await endFaults(platform);

    expect(retried).toBeGreaterThan(0);
    expect(retried).toBeLessThanOrEqual(12);
    // A canary that is answered brings it back.
    await vi.waitFor(
      async () => {
        const { body } = await scatter("twins", { function: "count", explain: true });
        expect((body.explain ?? []).some(({ replica }) => replica === 0)).toBe(true);
      },
      { timeout: 50_000, interval: 20 },
    );
  });

  /** Documents that are not in a shard. */
  const without = async (collection: string, shard: number): Promise<number> => {
    const path = `/v1/collections/${collection}`;
    const { body } = await platform.json<{ stats: { documents: number; shards: { documents: number }[] } }>(
      "GET",
      path,
    );
    return body.stats.documents - (body.stats.shards[shard]?.documents ?? 0);
  };

  it("a shard that is gone is named in a 503, or missing from an answer that may be partial", async () => {
    const others = await without("alone", 2);
    await putFaults(platform, { rules: [{ collection: "alone", shard: 2, failRate: 1 }] });
    const forbidden = await scatter("alone", { function: "count" });
    const allowed = await scatter("alone", { function: "count", partial: "allow" });
    await endFaults(platform);

    const failed = [{ shard: 2, code: "unavailable", detail: expect.any(String) }];
    expect(forbidden).toMatchObject({
      status: 503,
      body: { code: "shards-unavailable", leaves: { answered: 3, failed } },
    });
    expect(allowed).toMatchObject({ status: 200, body: { result: others, leaves: { answered: 3, failed } } });
    expect(allowed.body.coverage).toBeLessThan(1);
  });

  it("one that hangs costs an answer that may be partial no more than the deadline", async () => {
    const others = await without("alone", 1);
    await putFaults(platform, { rules: [{ collection: "alone", shard: 1, delayMs: 30_000 }] });
    // Long enough for the other shards on any machine.
    const request = { function: "count", deadlineMs: 6_000 };
    const allowed = await scatter("alone", { ...request, partial: "allow" });
    await endFaults(platform);

    expect(allowed).toMatchObject({
      status: 200,
      body: { result: others, leaves: { failed: [{ shard: 1, code: "deadline-exceeded" }] } },
    });
  });
});

describe("the umbel command", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "umbel-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("deploys a function in TypeScript, and invokes it", async () => {
    const env = { UMBEL_URL: platform.url, UMBEL_KEY: platform.key };
    const deployed = await runTool(
      ["client/umbel.mjs", "functions", "deploy", "examples/functions/check-iban.ts"],
      env,
    );
    const invoked = await runTool(
      [
        "client/umbel.mjs",
        "functions",
        "invoke",
        "check-iban",
        "--input",
        '{"iban": "DE89 3704 0044 0532 0130 00"}',
      ],
      env,
    );

    expect(deployed.output).toMatch(/^check-iban@[0-9a-f]{16} \(new\)\n {2}exports {3}handle\n/);
    expect(deployed.output).toMatch(/examples {2}4 passed\n {2}fitness {3}(fit|heavy), /);
    expect(deployed.code).toBe(0);
    expect(JSON.parse(invoked.output)).toEqual({ valid: true, country: "DE" });
  });

  it("says which example fails, and what is wrong with code that is refused", async () => {
    const write = (name: string, text: string): string => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    };
    const env = { UMBEL_URL: platform.url, UMBEL_KEY: platform.key };
    const file = write("half.ts", "export const handle = (n: number) => n / 2;");
    write("half.examples.json", '[{"input": 3, "expect": 1}]');
    const failing = await runTool(["client/umbel.mjs", "functions", "deploy", file], env);
    const nothing = await runTool(
      ["client/umbel.mjs", "functions", "deploy", write("nothing.ts", "export const x = 1;")],
      env,
    );

    expect(failing.output).toMatch(/^Its own examples fail \(422 failed-examples\)\n {2}examples\[0\]/);
    expect(nothing.output).toMatch(/^The function can't be used \(422 invalid-function\)\n.*exports none of/);
    expect([failing.code, nothing.code]).toEqual([1, 1]);
  });
});
