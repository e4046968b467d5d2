/**
 * The layouts side by side on WordNet's glosses, at 1, 4 and 16 leaves: all Workers over HTTP in one process. Prints and writes
 * bench/results/layouts.md, and draws docs/layouts.svg. BENCH_DOCUMENTS: glosses (20,000; WordNet has 117,791). BENCH_LAYOUTS: those
 * to compare (all that there are).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { LAYOUTS } from "../../core/collection.ts";
import { putFaults } from "../../test/support/fault-runs.ts";
import { startPlatform } from "../../test/support/platform.ts";
import { wordnetCorpus } from "../leaf/wordnet-corpus.ts";
import { picture, type Line } from "../scatter/picture.ts";
import { FIELDS, queryClasses, withFields } from "./classes.ts";
import { Sized } from "./sizes.ts";

const DOCUMENTS = Number(process.env["BENCH_DOCUMENTS"] ?? 20_000);
const ONLY: readonly string[] = process.env["BENCH_LAYOUTS"]?.split(",") ?? LAYOUTS;
const LEAVES = [1, 4, 16];
const ROUNDS = 9;
/** Those whose messages can be counted without a platform. */
const SIZED = ["documents", "replicas"] as const;
const COLOURS: Record<string, string> = { documents: "#1f5fa8", replicas: "#b3261e", terms: "#1a7f37" };
const SCAN_MS = 400;
const SETTLED_SECONDS = 4;
const SETTLE_SECONDS_MAX = 120;

interface Answer {
  coverage: number;
  tookMs: number;
  leaves: { total: number; answered: number };
  cost: { doRequests: number; usd: number; bytesMoved?: number };
}

const corpus = wordnetCorpus(DOCUMENTS);
const documents = corpus.documents.slice(0, corpus.documents.length).map(withFields);
const classes = queryClasses(corpus);
const platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await platform.json<T>(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

interface Filled {
  documentsASecond: number;
  bytes: number;
}

interface Described {
  stats: { bytes: number; shards: { replicas: { state: string }[] }[] };
}

async function fill(name: string, layout: string, leaves: number): Promise<Filled> {
  console.error(`filling ${name}`);
  await call("PUT", `/v1/collections/${name}`, { layout, shards: leaves, fields: FIELDS });
  const startedAt = performance.now();
  for (let from = 0; from < documents.length; from += 2_000) {
    const some = documents.slice(from, from + 2_000);
    await call("POST", `/v1/collections/${name}/documents`, some);
  }
  let described = await call<Described>("GET", `/v1/collections/${name}`);
  const isBehind = (): boolean =>
    described.stats.shards.some(({ replicas }) => replicas.some(({ state }) => state !== "current"));
  while (isBehind()) described = await call<Described>("GET", `/v1/collections/${name}`);
  // Term leaves follow the documents'.
  for (let coverage = 0; coverage < 1;)
    ({ coverage } = await call<Answer>("POST", `/v1/collections/${name}/search`, {
      q: corpus.wordAt(3),
      partial: "allow",
    }));
  const copies = described.stats.shards[0]?.replicas.length ?? 1;
  return {
    documentsASecond: documents.length / ((performance.now() - startedAt) / 1_000),
    bytes: described.stats.bytes * copies,
  };
}

/** Merges go on after the last write, in the thread that searches are to be timed in: waits until no more bytes come or go. */
async function settled(name: string): Promise<void> {
  let [before, same] = [-1, 0];
  for (let second = 0; second < SETTLE_SECONDS_MAX && same < SETTLED_SECONDS; second++) {
    await wait(1_000);
    const { bytes } = (await call<Described>("GET", `/v1/collections/${name}`)).stats;
    same = bytes === before ? same + 1 : 0;
    before = bytes;
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

interface Timed {
  ms: number;
  asked: number;
  usd: number;
  /** Where the answer says what was moved. */
  bytes: number | undefined;
}

async function timed(name: string, request: object): Promise<Timed> {
  const path = `/v1/collections/${name}/search`;
  const times: number[] = [];
  let last: Answer | undefined;
  for (let round = -2; round < ROUNDS; round++) {
    const startedAt = performance.now();
    last = await call<Answer>("POST", path, { ...request, deadlineMs: 30_000 });
    if (round >= 0) times.push(performance.now() - startedAt);
  }
  return {
    ms: median(times),
    asked: last?.leaves.answered ?? 0,
    usd: (last?.cost.usd ?? 0) * 1e6,
    bytes: last?.cost.bytesMoved,
  };
}

/** A scan whose leaves take so long for all of their documents, one of them ten times. */
async function slowed(leaves: number, slow: number | undefined): Promise<number> {
  const collection = `scan-${leaves}`;
  await putFaults(platform, {
    rules: [
      { collection, workMs: SCAN_MS },
      ...(slow === undefined ? [] : [{ collection, replica: slow, workMs: 10 * SCAN_MS }]),
    ],
  });
  return (await timed(collection, { limit: 0, facets: ["pos"] })).ms;
}

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (string | number)[][]): string[] => [
  line(head),
  line(head.map(() => "---")),
  ...rows.map(line),
  "",
];

async function compare(): Promise<{ text: string[]; lines: Line[] }> {
  const rows = new Map<string, (string | number)[]>(classes.map(({ name }) => [name, [name]]));
  const kept: (string | number)[][] = [];
  const lines: Line[] = [];
  const head: string[] = [];
  for (const layout of LAYOUTS.filter((each) => ONLY.includes(each))) {
    const points: Line["points"] = [];
    for (const leaves of LEAVES) {
      const name = `${layout}-${leaves}`;
      const filled = await fill(name, layout, leaves);
      kept.push([
        layout,
        leaves,
        Math.round(filled.documentsASecond),
        `${(filled.bytes / 1e6).toFixed(1)} MB`,
      ]);
      await settled(name);
      const known = SIZED.find((each) => each === layout);
      const sized = known && new Sized(known, leaves, FIELDS, documents);
      head.push(`${layout} ${leaves}`);
      for (const query of classes) {
        const { ms, asked, usd, bytes } = await timed(name, query.request);
        const moved = sized === undefined ? bytes : await sized.bytesOf(query.request);
        const shown = moved === undefined ? "" : `, ${(moved / 1e3).toFixed(1)} kB`;
        rows.get(query.name)?.push(`${ms.toFixed(1)} ms, ${asked}${shown}, $${usd.toFixed(2)}`);
        if (query.name === "a rare word") points.push({ leaves, ms });
      }
      await call("DELETE", `/v1/collections/${name}`);
    }
    lines.push({
      name: layout,
      colour: COLOURS[layout] ?? "#57606a",
      points,
    });
  }
  return {
    text: [
      ...table(["query", ...head], [...rows.values()]),
      ...table(["layout", "leaves", "documents indexed a second", "stored"], kept),
    ],
    lines,
  };
}

try {
  const compared = await compare();
  for (const leaves of [3, 4]) {
    await call("PUT", `/v1/collections/scan-${leaves}`, {
      layout: "replicas",
      shards: leaves,
      fields: FIELDS,
    });
    await call("POST", `/v1/collections/scan-${leaves}/documents`, documents.slice(0, 1_000));
  }
  const three = await slowed(3, undefined);
  const four = await slowed(4, undefined);
  const slow = await slowed(4, 3);
  const text = [
    `# Layouts, on ${documents.length} glosses of WordNet`,
    "",
    "By `npm run bench:layouts`: all Workers over HTTP in one process and one thread, so that leaves gain nothing by working side by side; on the",
    "platform each has a machine's thread. A cell has the median time, the leaves that answered, the bytes moved between Workers, and what a",
    "million such searches cost.",
    "",
    ...compared.text,
    `## A scan over leaves that all have everything, each of which would take ${SCAN_MS} ms for all`,
    "",
    ...table(
      ["leaves", "median, ms", "times three healthy leaves"],
      [
        ["three, healthy", three.toFixed(0), "1.00"],
        ["four, healthy", four.toFixed(0), (four / three).toFixed(2)],
        ["four, one of them ten times as slow", slow.toFixed(0), (slow / three).toFixed(2)],
      ],
    ),
  ].join("\n");
  console.log(text);
  const root = join(import.meta.dirname, "../..");
  mkdirSync(join(root, "bench/results"), { recursive: true });
  writeFileSync(join(root, "bench/results/layouts.md"), text);
  writeFileSync(
    join(root, "docs/layouts.svg"),
    picture("A search for a rare word, by layout", compared.lines),
  );
} finally {
  await platform.stop();
}
