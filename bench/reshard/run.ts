/**
 * A collection of 100,000 documents goes from 4 to 7 to 2 shards under constant reads and writes, each read checked. Then a smaller one goes
 * to and fro, also under reads and writes, and everything is killed (kill -9) at one moment after another, until it has died at every step.
 * Writes bench/results/reshard.md and .json.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { RESHARD_STEPS, type Reshard, type ReshardStep } from "../../core/contracts/resharding.ts";
import { startProcess, type PlatformProcess } from "../../test/support/platform-process.ts";
import { stopEverything } from "../../test/support/running.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { Traffic } from "../../test/support/traffic.ts";

const DOCUMENTS = Number(process.argv[2] ?? 100_000);
const KILLED_DOCUMENTS = 4_000;
const WORDS_A_DOCUMENT = 100;
const READERS = 2;
const WRITERS = 3;
/** How long searches are measured with nothing else going on. */
const QUIET_MS = 12_000;
/** Steps to die at, and how often each at least; how often it is tried. */
const STEPS: readonly ReshardStep[] = ["copy", "catch-up", "hand-over", "drop"];
const KILLS_A_STEP = 2;
const KILLS_MAX = 26;
/** How long after the coordinator has said that it catches up a kill comes at first; later or sooner, as the last one came too soon or too late. */
const FIRST_DELAY_MS = 250;
const COPY_DELAY_MS = 500;
/** Between so many shards it goes to and fro: with more of them the steps that are short take longer. */
const KILLED_SHARDS = [30, 20];

interface Row {
  what: string;
  /** How long the hand-over took, in which writes wait. */
  handOverMs: number;
  seconds: number;
  searches: number;
  medianMs: number;
  quietMedianMs: number;
  p99Ms: number;
  reads: number;
  writes: number;
  wrong: number;
  failed: number;
}

let platform: PlatformProcess = await startProcess();
const rows: Row[] = [];

function trafficOn(collection: string, documents: number): Traffic {
  return new Traffic(() => platform, { collection, documents, words: WORDS_A_DOCUMENT, pauseMs: 4, seed: 8 });
}

async function declare(collection: string): Promise<void> {
  await platform.json("PUT", `/v1/collections/${collection}`, {
    shards: 4,
    fields: { text: { type: "text" }, n: { type: "number" }, grp: { type: "keyword" } },
  });
}

async function begin(collection: string, shards: number): Promise<void> {
  const begun = await platform.json("POST", `/v1/collections/${collection}/reshard`, { shards });
  if (begun.status !== 202) throw new Error(JSON.stringify(begun.body));
}

async function untilOver(collection: string): Promise<ReshardStep> {
  for (;;) {
    const { body } = await platform.json<{ running: boolean; step: ReshardStep }>(
      "GET",
      `/v1/collections/${collection}/reshard`,
    );
    if (!body.running) return body.step;
    await sleep(250);
  }
}

async function measure(traffic: Traffic, shards: number, quietMedianMs: number): Promise<void> {
  traffic.searchMs = [];
  const before = { reads: traffic.reads, writes: traffic.writes };
  const beganAt = performance.now();
  const since = log().length;
  await begin("moving", shards);
  await untilOver("moving");
  const seconds = (performance.now() - beganAt) / 1000;
  const measured = traffic.searchMs.toSorted((a, b) => a - b);
  await traffic.checkAll();
  const row: Row = {
    what: `to ${shards} shards`,
    handOverMs: Number(/"event":"reshard-handed-over".*?"tookMs":(\d+)/.exec(log().slice(since))?.[1]),
    seconds,
    searches: measured.length,
    medianMs: at(measured, 0.5),
    quietMedianMs,
    p99Ms: at(measured, 0.99),
    reads: traffic.reads - before.reads,
    writes: traffic.writes - before.writes,
    wrong: traffic.wrong.length,
    failed: traffic.failed.length,
  };
  rows.push(row);
  console.error(JSON.stringify(row));
  complain(traffic);
}

function complain({ wrong, failed }: Traffic): void {
  for (const what of [...wrong.slice(0, 5), ...failed.slice(0, 5)]) console.error(what);
}

async function quiet(traffic: Traffic): Promise<number> {
  await sleep(2_000);
  traffic.searchMs = [];
  await sleep(QUIET_MS);
  return at(
    traffic.searchMs.toSorted((a, b) => a - b),
    0.5,
  );
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** What the Workers have logged since they were started. */
function log(): string {
  return readFileSync(join(platform.state, "umbel.log"), "utf8");
}

/** Waits until the coordinator says that it has come to a step. */
async function untilSaid(since: number, step: ReshardStep): Promise<void> {
  while (!log().slice(since).includes(`"step":"${step}"`)) await sleep(1);
}

/** The step that is on the Catalog's disk: where it was when it was killed. */
async function stepOnDisk(): Promise<ReshardStep> {
  const copy = await temporaryFolder();
  const folder = join(platform.state, "v3/do/umbel-catalog-Catalog");
  cpSync(folder, copy, { recursive: true });
  for (const file of readdirSync(copy)) {
    if (!file.endsWith(".sqlite")) continue;
    const database = new DatabaseSync(join(copy, file));
    const [table] = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'reshards'").all();
    const found = table && database.prepare("SELECT descriptor FROM reshards").all();
    database.close();
    const last = found
      ?.map(({ descriptor }) => JSON.parse(String(descriptor)) as Reshard) // the Catalog's writing
      .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
      .at(-1);
    if (last !== undefined) return last.step;
  }
  throw new Error("the Catalog knows of no resharding");
}

/** Kills everything some time after it has come to a step, starts it again, and waits until it is through. */
async function killAfter(traffic: Traffic, said: ReshardStep, delayMs: number, shards: number) {
  const since = log().length;
  await begin("killed", shards);
  await untilSaid(since, said);
  await sleep(delayMs);
  traffic.isDown = true;
  await platform.kill();
  const step = await stepOnDisk();
  platform = await startProcess({ state: platform.state });
  traffic.isDown = false;
  await untilOver("killed");
  return step;
}

async function killAtEachStep(): Promise<{ killed: Map<ReshardStep, number>; traffic: Traffic }> {
  await declare("killed");
  const traffic = trafficOn("killed", KILLED_DOCUMENTS);
  await traffic.load();
  traffic.start(READERS, WRITERS);
  const killed = new Map<ReshardStep, number>();
  let delayMs = FIRST_DELAY_MS;
  for (let kill = 0; kill < KILLS_MAX; kill++) {
    const wanted = STEPS.find((step) => (killed.get(step) ?? 0) < KILLS_A_STEP);
    if (wanted === undefined) break;
    const isCopy = wanted === "copy";
    const after = isCopy ? COPY_DELAY_MS : delayMs;
    const step = await killAfter(traffic, isCopy ? "copy" : "catch-up", after, KILLED_SHARDS[kill % 2] ?? 4);
    killed.set(step, (killed.get(step) ?? 0) + 1);
    const isTooSoon = RESHARD_STEPS.indexOf(step) < RESHARD_STEPS.indexOf(wanted);
    if (!isCopy && step !== wanted) delayMs *= isTooSoon ? 1.35 : 0.8;
    console.error(
      `killed at ${step} after ${after.toFixed(0)} ms; wrong ${traffic.wrong.length}, failed ${traffic.failed.length}`,
    );
    complain(traffic);
  }
  await traffic.stop();
  await traffic.checkAll();
  return { killed, traffic };
}

try {
  await declare("moving");
  const traffic = trafficOn("moving", DOCUMENTS);
  await traffic.load();
  traffic.start(READERS, WRITERS);
  await measure(traffic, 7, await quiet(traffic));
  // From here on documents are only written anew, so that rankings must stay as they are.
  await traffic.stop();
  await traffic.fill();
  await traffic.keepRankings();
  traffic.start(READERS, WRITERS);
  await measure(traffic, 2, await quiet(traffic));
  await traffic.stop();
  await traffic.checkAll();
  report(traffic);
  report(traffic, await killAtEachStep());
} finally {
  await stopEverything();
}

/** `underKills`: what came of the second part, once that is over. */
function report(traffic: Traffic, underKills?: Awaited<ReturnType<typeof killAtEachStep>>): void {
  const wrong = traffic.wrong.length;
  const text = [
    "# Resharding under reads and writes",
    "",
    `By \`npm run bench:reshard\`: \`npm start\`, a collection of ${DOCUMENTS.toLocaleString("en")} documents of ${WORDS_A_DOCUMENT} words in 4 shards, ${WRITERS} writers (documents are written anew, and on the way to 7 shards also come and go, one by one and in bulk), ${2 * READERS + 1} readers (documents by id, all documents of a group, ranked searches). Every read is checked against what was written; on the way to 2 shards, rankings are compared with those before, ids and scores, bit for bit.`,
    "",
    "| from 4 | seconds | hand-over, ms | reads | documents written | wrong answers | failed requests | searches, p50 ms | before, p50 ms | times | p99 ms |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      (row) =>
        `| ${row.what} | ${row.seconds.toFixed(0)} | ${row.handOverMs} | ${row.reads} | ${row.writes} | ${row.wrong} | ${row.failed} | ${row.medianMs.toFixed(1)} | ${row.quietMedianMs.toFixed(1)} | ${(row.medianMs / row.quietMedianMs).toFixed(2)} | ${row.p99Ms.toFixed(1)} |`,
    ),
    "",
    `In the end the export has each document once, as it was written last: ${wrong === 0 ? "yes" : "no"}.`,
    "",
    ...(underKills === undefined ? [] : [killsText(underKills), ""]),
  ].join("\n");
  console.log(text);
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "reshard.md"), text);
  const json = {
    rows,
    ...(underKills && {
      killed: Object.fromEntries(underKills.killed),
      wrong: underKills.traffic.wrong.length,
      failed: underKills.traffic.failed.length,
    }),
  };
  writeFileSync(join(results, "reshard.json"), `${JSON.stringify(json, undefined, 2)}\n`);
}

function killsText({ killed, traffic }: Awaited<ReturnType<typeof killAtEachStep>>): string {
  const kills = RESHARD_STEPS.flatMap((step) => {
    const count = killed.get(step);
    return count === undefined ? [] : [`${count} at ${step}`];
  });
  return `Another collection of ${KILLED_DOCUMENTS.toLocaleString("en")} documents goes between ${KILLED_SHARDS.join(" and ")} shards under the same reads and writes, and everything is killed (kill -9) and started again: ${kills.join(", ")}, as the Catalog's disk says. Each time it went on to its end. ${traffic.reads} reads, ${traffic.writes} documents written; wrong answers: ${traffic.wrong.length}; requests that failed while the platform was up: ${traffic.failed.length}.`;
}
