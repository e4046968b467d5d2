/**
 * What functions beside the data cost: scatters over WordNet's glosses, over the whole platform on one machine, and what searches
 * take meanwhile. Prints a table and writes bench/results/map-reduce.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPlatform } from "../../test/support/platform.ts";
import { wordnetCorpus } from "../leaf/wordnet-corpus.ts";

const DOCUMENTS = Number(process.argv[2] ?? Infinity);
const RUNS = 7;
const SHARDS = 4;
const LINES_A_REQUEST = 5_000;

const FUNCTIONS: Record<string, string> = {
  count: `export const map = (documents) => documents.length;
    export const reduce = (partials) => partials.reduce((sum, n) => sum + n, 0);`,
  words: `export const map = (documents) => {
      const counts = new Map();
      for (const { gloss } of documents) for (const word of gloss.match(/[a-z]+/g) ?? []) {
        if (word.length === 5) counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      return Object.fromEntries(counts);
    };
    export const reduce = (partials) => {
      const counts = new Map();
      for (const partial of partials) for (const [word, n] of Object.entries(partial)) counts.set(word, (counts.get(word) ?? 0) + n);
      return Object.fromEntries(counts);
    };`,
};

const CASES: { what: string; request: object }[] = [
  { what: "count all", request: { function: "count" } },
  { what: "count all, one field", request: { function: "count", select: ["length"] } },
  {
    what: "count what a filter leaves (about 1 in 10)",
    request: { function: "count", filter: "length > 120" },
  },
  { what: "count words of five letters", request: { function: "words" } },
];

const platform = await startPlatform();
const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

interface ScatterBody {
  result: unknown;
  explain: { mapped: number; functionCalls: number; rowsRead: number }[];
}

async function ask(path: string, body: object): Promise<ScatterBody> {
  const answer = await platform.json<ScatterBody>("POST", `/v1/collections/glosses/${path}`, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

async function load(): Promise<{ documents: number; megabytes: number }> {
  const fields = { gloss: { type: "text", language: "english" }, length: { type: "number" } };
  await platform.json("PUT", "/v1/collections/glosses", { shards: SHARDS, fields });
  const lines = wordnetCorpus()
    .documents.slice(0, DOCUMENTS)
    .map(({ id, title, body }) => JSON.stringify({ id, length: body.length, title, gloss: body }));
  for (let first = 0; first < lines.length; first += LINES_A_REQUEST) {
    await platform.fetch("/v1/collections/glosses/documents", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: lines.slice(first, first + LINES_A_REQUEST).join("\n"),
    });
  }
  return { documents: lines.length, megabytes: lines.reduce((sum, line) => sum + line.length, 0) / 1e6 };
}

const search = (): Promise<unknown> => ask("search", { q: "small bird", limit: 10 });

const rows: string[] = [];
try {
  const { documents, megabytes } = await load();
  for (const [name, code] of Object.entries(FUNCTIONS)) {
    await platform.json("PUT", `/v1/functions/${name}`, { modules: { "index.js": code } });
  }
  for (let n = 0; n < 20; n++) await search();
  const alone: number[] = [];
  for (let n = 0; n < 100; n++) alone.push(await timed(search));
  for (const { what, request } of CASES) {
    const scatter = (): Promise<ScatterBody> =>
      ask("scatter", { ...request, explain: true, deadlineMs: 30_000 });
    const { explain } = await scatter();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) times.push(await timed(scatter));
    const beside: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const state = { running: true };
      const scattered = scatter().finally(() => (state.running = false));
      while (state.running) beside.push(await timed(search));
      await scattered;
    }
    const sum = (of: (row: ScatterBody["explain"][number]) => number): number =>
      explain.reduce((total, row) => total + of(row), 0);
    const mapped = sum((row) => row.mapped);
    const ms = median(times);
    rows.push(
      `| ${[what, mapped, sum((row) => row.functionCalls), sum((row) => row.rowsRead), ms.toFixed(0), Math.round(mapped / ms), median(beside).toFixed(1), Math.max(...beside).toFixed(0)].join(" | ")} |`,
    );
    console.error(rows.at(-1));
  }
  const report = `# Functions beside the data

\`npm run bench:map-reduce\`: ${documents.toLocaleString("en")} of WordNet's glosses (${megabytes.toFixed(1)} MB as JSON) over ${SHARDS} leaves, all Workers in one process on one machine:
leaves and the function's isolates share its processors. The median of ${RUNS} scatters, warm; searches ran one after another beside ${RUNS} more. A search
alone takes ${median(alone).toFixed(1)} ms.

| scatter | documents | calls | rows read | ms | documents a ms | a search meanwhile, ms | the slowest |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "map-reduce.md"), report);
  console.log(report);
} finally {
  await platform.stop();
}
