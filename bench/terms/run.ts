/**
 * The bench of the layout `terms`: all 225 Cranfield queries, in `or` and `and`, at 1, 4 and 16 term leaves, before and after 2,000 random
 * updates and deletions, against one document leaf. Ends with an error where an id, a score or a total differs in one bit. Prints
 * what the searches asked and moved, and writes it to bench/results/terms.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CranfieldLayouts,
  QUERIES,
  type Found,
  type Operator,
} from "../../test/unit/terms/cranfield-layouts.ts";
import type { TermShards, Traffic } from "../../test/unit/terms/term-shards.ts";

/** `npm run bench:terms -- 4` is about one number of leaves, and writes no results. */
const chosen = process.argv.slice(2).map(Number);
const LEAVES = chosen.length > 0 ? chosen : [1, 4, 16];
const CHANGES = 2_000;
const OPERATORS: readonly Operator[] = ["or", "and"];

const layouts = new CranfieldLayouts(LEAVES);
await layouts.load();
const rows: string[] = [];
await compareAll("as loaded");
const pushed = layouts.terms
  .map((terms) => `${terms.collection.shards}: ${kilobytes(terms.pushed)}`)
  .join(", ");
await layouts.change(CHANGES);
await compareAll(`after ${CHANGES} changes`);

const text = [
  `Cranfield: 1,400 abstracts in three fields, ${QUERIES.length} queries of 18 words in the mean, the first 20 hits. Every answer has the ids, the totals and`,
  "the scores of one document leaf, bit for bit. What was moved is postings and candidates between term leaves; whole is what the query's lists are.",
  "",
  "|     | leaves | operator | same | leaves asked | KB moved | KB whole |",
  "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
  `Skeletons pushed for the abstracts (${kilobytes(layouts.textCharacters)} KB as JSON), in KB, by leaves: ${pushed}.`,
  "",
].join("\n");
console.log(text);
if (chosen.length > 0) process.exit();
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "terms.md"), text);

async function compareAll(when: string): Promise<void> {
  for (const operator of OPERATORS) {
    const right: Found[] = [];
    for (const q of QUERIES) right.push(await layouts.inDocuments(q, operator));
    for (const terms of layouts.terms) rows.push(await compare(when, terms, operator, right));
  }
}

async function compare(
  when: string,
  terms: TermShards,
  operator: Operator,
  right: readonly Found[],
): Promise<string> {
  let [asked, moved, whole] = [0, 0, 0];
  for (const [index, q] of QUERIES.entries()) {
    const traffic: Traffic = { leaves: new Set(), bytes: 0 };
    const own = await layouts.inTerms(terms, q, operator, traffic);
    if (JSON.stringify(own) !== JSON.stringify(right[index]))
      throw new Error(`${terms.collection.shards} leaves, ${operator}, differ: ${q}`);
    asked += traffic.leaves.size;
    moved += traffic.bytes;
    whole += terms.listBytes(q);
  }
  const count = QUERIES.length;
  const figures = [(asked / count).toFixed(1), kilobytes(moved / count), kilobytes(whole / count)].join(
    " | ",
  );
  return `| ${when} | ${terms.collection.shards} | ${operator} | ${QUERIES.length} | ${figures} |`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}
