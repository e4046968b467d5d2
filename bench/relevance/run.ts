/**
 * The relevance bench: how good the ranking is on the Cranfield collection, with every default as it is, beside FTS5's. Prints
 * a table, and writes it to bench/results/relevance.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { abstracts, measureCranfield } from "./cranfield.ts";
import { engineSearch } from "./engine-search.ts";
import { ftsSearch } from "./fts-search.ts";
import type { Measures } from "./measures.ts";

/** What the engine is to reach with its defaults. */
const AIM = 0.36;

const documents = abstracts();
const rows: [string, Measures][] = [
  ["Umbel, all defaults", measureCranfield(engineSearch(documents))],
  ["FTS5 (porter unicode61), bm25()", measureCranfield(ftsSearch(documents, 1))],
  ["FTS5, titles counted twice", measureCranfield(ftsSearch(documents, 2))],
];
const text = [
  "Cranfield: 1,400 abstracts, 225 questions, gain 2^grade − 1; means over the questions. Fields title and text, English, `operator: or`.",
  "",
  "|     | nDCG@10 | MAP | recall@100 |",
  "| --- | --- | --- | --- |",
  ...rows.map(
    ([name, { ndcgAt10, averagePrecision, recallAt100 }]) =>
      `| ${name} | ${ndcgAt10.toFixed(4)} | ${averagePrecision.toFixed(4)} | ${recallAt100.toFixed(4)} |`,
  ),
  "",
  `Aim: nDCG@10 of at least ${AIM} with all defaults.`,
  "",
].join("\n");

console.log(text);
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "relevance.md"), text);
