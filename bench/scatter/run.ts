/**
 * The scatter's bench: what a search for a rare word over 1, 4, 16 and 64 leaves takes, against the cheapest way to call as many
 * Durable Objects by the same tree in the same process. Both are requests over HTTP, one at a time, in turns; the median of the
 * rounds counts, so that a busy machine harms both alike. Writes bench/results/scatter.md and docs/scatter.svg.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { bundle, bundledWorker, configuredWorker, workerNames } from "../../test/support/worker-options.ts";
import { picture } from "./picture.ts";
import { wordnetCorpus } from "../leaf/wordnet-corpus.ts";

const LEAVES = (process.env["BENCH_LEAVES"] ?? "1,4,16,64").split(",").map(Number);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 25);
const CALLS = 20;
const DOCUMENTS = 6_400;
/** In three of the documents. */
const WORD = "quetzalcoatlus";
const KEY = "bench-key";

const state = join(tmpdir(), `umbel-bench-scatter-${process.pid}`);
const here = import.meta.dirname;

async function workers(): Promise<V4WorkerOptions[]> {
  const socket = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  const umbel = await Promise.all(
    workerNames.map(async (worker): Promise<V4WorkerOptions> => {
      if (worker !== "root") return bundledWorker(worker);
      // Miniflare routes assets by three more Workers; the platform does it before a Worker is run.
      const { assets: _, ...options } = await bundledWorker(worker, { vars: { UMBEL_ADMIN_KEY: KEY } });
      return { ...options, ...socket };
    }),
  );
  const modules = await bundle(join(here, "worker.ts"));
  const empty = {
    modules,
    compatibilityDate: "2026-10-30",
    durableObjects: { EMPTY: { className: "EmptyLeaf", scriptName: "empty-branches", useSQLite: true } },
    serviceBindings: { BRANCHES: { name: "empty-branches", entrypoint: "EmptyBranch" } },
  };
  return [...umbel, { ...empty, name: "empty-root", ...socket }, { ...empty, name: "empty-branches" }];
}

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({ workers: await workers(), cf: false }),
  resourcePersistencePath: state,
});
await miniflare.ready;
const root = await miniflare.unsafeGetDirectURL(configuredWorker("root").options.name);
const empty = await miniflare.unsafeGetDirectURL("empty-root");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function at(origin: { href: string }, path: string): string {
  return new URL(path, origin.href).href;
}

/** One request; its body. */
function call(url: string, body?: string, method = body === undefined ? "GET" : "POST"): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent, method, headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          if (response.statusCode === undefined || response.statusCode >= 300)
            reject(new Error(`${url}: ${response.statusCode} ${text}`));
          else resolve(text);
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function load(shards: number): Promise<void> {
  const fields = { gloss: { type: "text", language: "english" } };
  await call(at(root, `/v1/collections/scatter-${shards}`), JSON.stringify({ shards, fields }), "PUT");
  const glosses = wordnetCorpus(DOCUMENTS).documents.slice(0, DOCUMENTS);
  const lines = glosses.map(({ id, body: gloss }, index) =>
    JSON.stringify({ id, gloss: index % Math.ceil(DOCUMENTS / 3) === 7 ? `${gloss} ${WORD}` : gloss }),
  );
  for (let from = 0; from < lines.length; from += 1_000) {
    const page = `[${lines.slice(from, from + 1_000).join(",")}]`;
    await call(at(root, `/v1/collections/scatter-${shards}/documents`), page);
  }
}

/** Milliseconds a call. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < CALLS; index++) await run();
  return (performance.now() - start) / CALLS;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

interface Row {
  leaves: number;
  searchMs: number;
  treeMs: number;
  directMs: number;
  ratio: number;
  directRatio: number;
}

async function measure(leaves: number): Promise<Row> {
  const search = (): Promise<string> =>
    call(at(root, `/v1/collections/scatter-${leaves}/search`), JSON.stringify({ q: WORD }));
  const answer = JSON.parse(await search()) as { total: { count: number }; leaves: { answered: number } }; // api.md
  if (answer.total.count !== 3 || answer.leaves.answered !== leaves) throw new Error(JSON.stringify(answer));
  const tree = (): Promise<string> => call(at(empty, `/tree/${leaves}`));
  const direct = (): Promise<string> => call(at(empty, `/direct/${leaves}`));
  for (const way of [search, tree, direct]) for (let warm = 0; warm < 3; warm++) await timed(way);
  const rounds: { search: number; tree: number; direct: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ search: await timed(search), tree: await timed(tree), direct: await timed(direct) });
  }
  return {
    leaves,
    searchMs: median(rounds.map((round) => round.search)),
    treeMs: median(rounds.map((round) => round.tree)),
    directMs: median(rounds.map((round) => round.direct)),
    ratio: median(rounds.map((round) => round.search / round.tree)),
    directRatio: median(rounds.map((round) => round.search / round.direct)),
  };
}

try {
  const rows: Row[] = [];
  for (const leaves of LEAVES) await load(leaves);
  for (const leaves of LEAVES) rows.push(await measure(leaves));
  const text = [
    "| leaves | search, ms | empty calls by the same tree, ms | times | empty calls from one Worker, ms | times |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ leaves, searchMs, treeMs, directMs, ratio, directRatio }) =>
        `| ${leaves} | ${searchMs.toFixed(2)} | ${treeMs.toFixed(2)} | ${ratio.toFixed(2)} | ${directMs.toFixed(2)} | ${directRatio.toFixed(2)} |`,
    ),
    "",
  ].join("\n");
  console.log(text);
  mkdirSync(join(here, "../results"), { recursive: true });
  writeFileSync(join(here, "../results/scatter.md"), text);
  const grown = rows.filter(({ leaves }) => leaves >= 4);
  const drawing = picture("A search for a rare word, and as many empty calls by the same tree", [
    {
      name: "search",
      colour: "#b3261e",
      points: grown.map(({ leaves, searchMs }) => ({ leaves, ms: searchMs })),
    },
    {
      name: "empty calls",
      colour: "#1f5fa8",
      points: grown.map(({ leaves, treeMs }) => ({ leaves, ms: treeMs })),
    },
  ]);
  writeFileSync(join(here, "../../docs/scatter.svg"), drawing);
} finally {
  agent.destroy();
  await miniflare.dispose();
  rmSync(state, { recursive: true, force: true });
}
