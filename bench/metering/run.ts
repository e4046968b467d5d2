/**
 * Metering at full size. First 1,000 searches and 5,000 events with known failures: what `/metrics` says beside what is known and what
 * the runtime's cursors and calls on stubs add up to. Then what metering costs: searches against two platforms, of which one has
 * meters that count nothing, in turn. Writes bench/results/metering.md and, for promtool, metering.prom beside it in a temporary folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare, searchAll } from "../../test/support/fault-runs.ts";
import {
  runEvents,
  runFaultySearches,
  runLostSearches,
  scrape,
  settled,
} from "../../test/support/metering-load.ts";
import { startPlatform, type Platform } from "../../test/support/platform.ts";

const SEARCHES = 970;
const LOST = 10;
const EVENTS = 5_000;
const ROUNDS = 3_000;

const lines: string[] = [];
const row = (...cells: (string | number)[]): void => {
  lines.push(`| ${cells.join(" | ")} |`);
  console.error(lines.at(-1));
};

async function counters(): Promise<void> {
  const platform = await startPlatform({
    vars: { UMBEL_FAULTS: "1" },
    queueBatchTimeoutS: 0.05,
    counted: true,
  });
  try {
    const searched = await runFaultySearches(platform, "load", SEARCHES);
    await runLostSearches(platform, "lost", LOST);
    const events = await runEvents(platform, "orders", EVENTS);
    let documents = await platform.countedBeside("documents");
    let journal = await platform.countedBeside("journal");
    const counted = await settled(
      platform,
      async (scraped) => {
        documents = await platform.countedBeside("documents");
        journal = await platform.countedBeside("journal");
        return (
          scraped.sum("umbel_deliveries_total", { pipeline: "orders" }) === events.delivered &&
          scraped.sum("umbel_durable_object_requests_total", { kind: "collection" }) === documents.requests &&
          scraped.sum("umbel_durable_object_requests_total", { kind: "topic" }) +
            scraped.sum("umbel_durable_object_requests_total", { kind: "platform", name: "topics" }) ===
            journal.requests
        );
      },
      async () => platform.json("GET", "/v1/topics/orders"),
    );
    const sum = counted.sum.bind(counted);
    lines.push("| what | counted | known |", "| --- | --- | --- |");
    for (const outcome of ["complete", "partial", "failed", "refused"]) {
      const known = outcome === "complete" ? searched.complete : LOST;
      row(`searches ${outcome}`, sum("umbel_searches_total", { outcome }), known);
    }
    for (const [key, known] of Object.entries(searched.calls)) {
      const [kind = "", state = ""] = key.split(" ");
      row(`leaf calls ${key}`, sum("umbel_leaf_calls_total", { collection: "load", kind, state }), known);
    }
    row("hedges", sum("umbel_leaf_hedges_total", { collection: "load" }), searched.hedged);
    row("retries", sum("umbel_leaf_retries_total", { collection: "load" }), searched.retried);
    for (const state of ["accepted", "delivered", "filtered", "dead"] as const)
      row(`events ${state}`, sum("umbel_events_total", { topic: "orders", state }), events[state]);
    row("steps ok", sum("umbel_step_runs_total", { outcome: "ok" }), events.delivered);
    row("steps failed", sum("umbel_step_runs_total", { outcome: "failed" }), events.dead);
    row("dead letters", sum("umbel_dead_letters_total"), events.dead);
    row("deliveries", sum("umbel_deliveries_total", { outcome: "delivered" }), events.delivered);
    for (const [what, kind, beside] of [
      ["leaves", "collection", documents],
      ["journals", "topic", journal],
    ] as const) {
      const used = (name: string): number =>
        sum(name, { kind }) + (kind === "topic" ? sum(name, { kind: "platform", name: "topics" }) : 0);
      row(`rows read by ${what}`, used("umbel_rows_read_total"), beside.rowsRead);
      row(`rows written by ${what}`, used("umbel_rows_written_total"), beside.rowsWritten);
      row(`requests to ${what}`, used("umbel_durable_object_requests_total"), beside.requests);
    }
    const file = join(tmpdir(), "metering.prom");
    writeFileSync(file, counted.text);
    console.error(`promtool check metrics < ${file}`);
  } finally {
    await platform.stop();
  }
}

/** Batches that isolates have sent: each numbers its own from 1. */
async function sendingsTo(platform: Platform): Promise<number> {
  const object = { worker: "catalog", className: "Metrics", name: "metrics" };
  const last = new Map<string, number>();
  for (const row of await platform.sql(object, "SELECT body FROM metric_slots")) {
    const { isolates } = JSON.parse((row as { body: string }).body) as { isolates: Record<string, number> }; // `MetricStore`'s rows
    for (const [isolate, sequence] of Object.entries(isolates))
      last.set(isolate, Math.max(sequence, last.get(isolate) ?? 0));
  }
  return [...last.values()].reduce((sum, sequence) => sum + sequence, 0);
}

async function timed(platform: Platform): Promise<number> {
  const startedAt = performance.now();
  const { status } = await searchAll(platform, "films", { explain: false });
  if (status !== 200) throw new Error(`a search was answered ${status}`);
  return performance.now() - startedAt;
}

function at(all: readonly number[], share: number): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length * share)] ?? 0;
}

async function overhead(): Promise<void> {
  const metered = await startPlatform();
  const silent = await startPlatform({ unmetered: true });
  try {
    for (const platform of [metered, silent]) {
      await prepare(platform, "films", { shards: 4, replicas: 1 });
      for (let warm = 0; warm < 300; warm++) await timed(platform);
    }
    const times: Record<"metered" | "silent", number[]> = { metered: [], silent: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const first = round % 2 === 0;
      if (first) times.metered.push(await timed(metered));
      times.silent.push(await timed(silent));
      if (!first) times.metered.push(await timed(metered));
    }
    lines.push("", "| search | with metering, ms | without, ms | more |", "| --- | --- | --- | --- |");
    for (const [what, share] of [
      ["p25", 0.25],
      ["median", 0.5],
      ["p75", 0.75],
    ] as const) {
      const [with_, without] = [at(times.metered, share), at(times.silent, share)];
      row(what, with_.toFixed(3), without.toFixed(3), `${((with_ / without - 1) * 100).toFixed(2)} %`);
    }
    const quiet = await scrape(silent);
    if (quiet.sum("umbel_searches_total") + quiet.sum("umbel_durable_object_requests_total") > 0)
      throw new Error("what is to be without metering has counted");
    const requests = (await scrape(metered)).sum("umbel_durable_object_requests_total");
    const sendings = await sendingsTo(metered);
    lines.push(
      "",
      `Metering made ${sendings} requests to its Durable Object beside ${requests} to others: ${((100 * sendings) / requests).toFixed(2)} in 100.`,
    );
  } finally {
    await metered.stop();
    await silent.stop();
  }
}

await counters();
await overhead();
const text = ["# Metering", "", "By `npm run bench:metering`.", "", ...lines, ""].join("\n");
console.log(text);
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "metering.md"), text);
