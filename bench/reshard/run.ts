/**
 * A collection of 100,000 documents goes from 4 to 7 to 2 shards under constant reads and writes, each read checked; then to 5 and to
 * 3, while everything is killed at each step in turn. Writes bench/results/reshard.md and .json.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RESHARD_STEPS, type ReshardStep } from "../../core/contracts/resharding.ts";
import { startProcess, type PlatformProcess } from "../../test/support/platform-process.ts";
import { stopEverything } from "../../test/support/running.ts";
import { Traffic } from "../../test/support/traffic.ts";

const COLLECTION = "moving";
const DOCUMENTS = Number(process.argv[2] ?? 100_000);
const WORDS_A_DOCUMENT = 100;
const READERS = 2;
const WRITERS = 3;
/** How long searches are measured with nothing else going on. */
const QUIET_MS = 15_000;
/** How long a copy goes on before it is killed. */
const COPY_KILL_MS = 5_000;
const STEPS: readonly ReshardStep[] = ["copy", "catch-up", "hand-over", "drop"];

interface Row {
  what: string;
  seconds: number;
  kills: string[];
  searches: number;
  medianMs: number;
  quietMedianMs?: number;
  p99Ms: number;
  reads: number;
  writes: number;
  wrong: number;
  failed: number;
}

interface Progress {
  step: ReshardStep;
  running: boolean;
  problem?: string;
  copied: number;
}

let platform: PlatformProcess = await startProcess();
const traffic = new Traffic(() => platform, {
  collection: COLLECTION,
  documents: DOCUMENTS,
  words: WORDS_A_DOCUMENT,
  pauseMs: 4,
  seed: 8,
});
const rows: Row[] = [];
const path = `/v1/collections/${COLLECTION}`;

async function reshard(shards: number, kills: readonly ReshardStep[]): Promise<Row> {
  traffic.searchMs = [];
  const before = { reads: traffic.reads, writes: traffic.writes };
  const beganAt = performance.now();
  let lookAt = 0;
  let since = log().length;
  const begun = await platform.json("POST", `${path}/reshard`, { shards });
  if (begun.status !== 202) throw new Error(JSON.stringify(begun.body));
  const left = new Set(kills);
  const killed: string[] = [];
  for (;;) {
    const step = stepIn(log().slice(since));
    if (step !== undefined && left.delete(step)) {
      // A copy is killed in its middle.
      if (step === "copy") await sleep(COPY_KILL_MS);
      await restart();
      since = 0;
      const { body } = await platform.json<Progress>("GET", `${path}/reshard`);
      killed.push(`${step} (then: ${body.step}, ${body.copied} copied)`);
      traffic.searchMs = [];
    }
    await sleep(kills.length > 0 ? 1 : 50);
    if (kills.length > 0 && performance.now() < lookAt) continue;
    lookAt = performance.now() + 250;
    const { body } = await platform.json<Progress>("GET", `${path}/reshard`);
    if (!body.running) break;
  }
  const seconds = (performance.now() - beganAt) / 1000;
  const measured = traffic.searchMs.toSorted((a, b) => a - b);
  await traffic.checkAll();
  return {
    what: `to ${shards} shards`,
    seconds,
    kills: killed,
    searches: measured.length,
    medianMs: at(measured, 0.5),
    p99Ms: at(measured, 0.99),
    reads: traffic.reads - before.reads,
    writes: traffic.writes - before.writes,
    wrong: traffic.wrong.length,
    failed: traffic.failed.length,
  };
}

/** What the Workers have logged since they were started. */
function log(): string {
  return readFileSync(join(platform.state, "umbel.log"), "utf8");
}

/** The step that the coordinator has said last to be at: its log is ahead of what can be asked for. */
function stepIn(output: string): ReshardStep | undefined {
  const said = output.slice(Math.max(0, output.lastIndexOf('"event":"reshard-step"')));
  return RESHARD_STEPS.find((step) => said.includes(`"step":"${step}"`));
}

async function restart(): Promise<void> {
  traffic.isDown = true;
  await platform.kill();
  platform = await startProcess({ state: platform.state });
  traffic.isDown = false;
}

async function quiet(): Promise<number> {
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

function note(row: Row): void {
  rows.push(row);
  console.error(JSON.stringify(row));
  for (const what of [...traffic.wrong.slice(0, 5), ...traffic.failed.slice(0, 5)]) console.error(what);
}

try {
  await platform.json("PUT", path, {
    shards: 4,
    fields: { text: { type: "text" }, n: { type: "number" }, grp: { type: "keyword" } },
  });
  await traffic.load();
  traffic.start(READERS, WRITERS);
  const quietAt4 = await quiet();
  note({ ...(await reshard(7, [])), quietMedianMs: quietAt4 });
  const quietAt7 = await quiet();
  // From here on documents are only written anew, so that rankings must stay as they are.
  await traffic.stop();
  await traffic.fill();
  await traffic.keepRankings();
  traffic.start(READERS, WRITERS);
  await sleep(2_000);
  note({ ...(await reshard(2, [])), quietMedianMs: quietAt7 });
  traffic.forgetRankings();
  note(await reshard(5, STEPS));
  note(await reshard(3, STEPS));
  await traffic.stop();
  await traffic.checkAll();
  report();
} finally {
  await stopEverything();
}

function report(): void {
  const wrong = traffic.wrong.length;
  const text = [
    "# Resharding under reads and writes",
    "",
    `By \`npm run bench:reshard\`: \`npm start\`, a collection of ${DOCUMENTS.toLocaleString("en")} documents of ${WORDS_A_DOCUMENT} words, ${WRITERS} writers (documents written, written anew, deleted, one by one and in bulk), ${2 * READERS + 1} readers (documents by id, all documents of a group, ranked searches). Every read is checked against what was written; from 7 to 2, rankings are compared bit for bit. From 2 to 5 to 3 everything is killed (kill -9) at the steps named, and started again.`,
    "",
    "| from 4 | seconds | killed at | reads | documents written | wrong answers | requests that failed while up | searches, p50 ms | before, p50 ms | p99 ms |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      (row) =>
        `| ${row.what} | ${row.seconds.toFixed(0)} | ${row.kills.join(", ")} | ${row.reads} | ${row.writes} | ${row.wrong} | ${row.failed} | ${row.medianMs.toFixed(1)} | ${row.quietMedianMs?.toFixed(1) ?? ""} | ${row.p99Ms.toFixed(1)} |`,
    ),
    "",
    `In the end the export has each document once, as it was written last: ${wrong === 0 ? "yes" : "no"}.`,
    "",
  ].join("\n");
  console.log(text);
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "reshard.md"), text);
  writeFileSync(join(results, "reshard.json"), `${JSON.stringify(rows, undefined, 2)}\n`);
}
