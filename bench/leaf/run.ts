/**
 * The leaf's bench: the engine against FTS5, the same documents and queries in the same workerd process, one corpus after
 * another (`npm run bench:leaf -- zipf` for one of them). Prints tables, and writes them to bench/results/leaf.json and leaf.md.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, load, wakeMs, type Compared } from "./compare.ts";
import type { Corpus } from "./corpus.ts";
import { measureHeap } from "./heap.ts";
import { report, type Results } from "./report.ts";
import { startWorkerd } from "./workerd.ts";
import { wordnetCorpus } from "./wordnet-corpus.ts";
import { zipfCorpus } from "./zipf-corpus.ts";

/** Fewer, to try something out. */
const DOCUMENTS = Number(process.env["BENCH_DOCUMENTS"] ?? Number.NaN);

const CORPORA: Record<string, () => Corpus> = {
  zipf: () => zipfCorpus(Number.isNaN(DOCUMENTS) ? 100_000 : DOCUMENTS),
  wordnet: () => wordnetCorpus(Number.isNaN(DOCUMENTS) ? undefined : DOCUMENTS),
};

async function run(corpus: Corpus): Promise<Results> {
  const { name, title } = corpus;
  const folder = join(tmpdir(), `umbel-bench-leaf-${process.pid}`);
  try {
    let workerd = await startWorkerd(folder, false);
    const loaded = await load(workerd, corpus);
    const { call } = workerd;
    const queries = await corpus.queries((word) => call<number>("engine", "frequency", word));
    const wake = await wakeMs(workerd, queries.find(({ name }) => name === "four middling terms")?.q ?? "");
    const compared: Compared[] = [];
    for (const query of queries) {
      const row = await compare(workerd, query);
      if (row.totals.engine !== row.totals.fts)
        console.error(`not the same documents: ${row.name}`, row.q, row.totals);
      compared.push(row);
    }
    await workerd.miniflare.dispose();
    // Another process, which has loaded nothing.
    workerd = await startWorkerd(folder, true);
    const heap = await measureHeap(workerd, corpus, queries);
    await workerd.miniflare.dispose();
    return { name, title, loaded, compared, wakeMs: wake, heap };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was measured before, of corpora that are not measured now. */
function earlier(file: string): Results[] {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { corpora?: Results[] }).corpora ?? []; // this file's own writing
  } catch {
    return [];
  }
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CORPORA);
const folder = join(import.meta.dirname, "../results");
const file = join(folder, "leaf.json");
const all = new Map(earlier(file).map((results) => [results.name, results]));
for (const name of chosen) {
  const corpus = CORPORA[name];
  if (corpus === undefined)
    throw new Error(`no corpus ${name}: there are ${Object.keys(CORPORA).join(", ")}`);
  const results = await run(corpus());
  console.log(report(results));
  all.set(name, results);
}
const corpora = [...all.values()];
mkdirSync(folder, { recursive: true });
writeFileSync(file, `${JSON.stringify({ corpora }, null, 2)}\n`);
writeFileSync(join(folder, "leaf.md"), corpora.map(report).join("\n"));
