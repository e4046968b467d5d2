/**
 * Searches over the whole platform under injected faults, at full size. Prints a table and writes bench/results/faults.md. Where
 * a row is about times, few searches run side by side, so that nothing but the faults is slow.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  endFaults,
  prepare,
  putFaults,
  runSearches,
  searchAll,
  STRAGGLER_MS,
  type Tally,
} from "../../test/support/fault-runs.ts";
import { startPlatform } from "../../test/support/platform.ts";

const LATE = { delayMs: STRAGGLER_MS, delayRate: 0.01 };
const FAILS = { failRate: 0.01 };
/** What an isolate learns in its first second is learnt after it. */
const WARM_UP_MS = 1_000;

const platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" } });
const rows: string[] = [];

interface Run {
  what: string;
  collection: string;
  shards: number;
  replicas: number;
  searches: number;
  atATime: number;
  rule?: object;
  retry?: boolean;
  warmUpMs?: number;
}

async function measure(run: Run): Promise<Tally> {
  const { what, collection, shards, replicas, searches, atATime, rule, retry = true, warmUpMs = 0 } = run;
  await endFaults(platform);
  const documents = await prepare(platform, collection, { shards, replicas });
  if (rule !== undefined) await putFaults(platform, { rules: [{ collection, ...rule }], seed: 1, retry });
  for (const endsAt = performance.now() + warmUpMs; performance.now() < endsAt;) {
    await runSearches(platform, collection, { searches: 10, atATime, documents });
  }
  const tally = await runSearches(platform, collection, { searches, atATime, documents });
  const at = (share: number): number => tally.tookMs[Math.ceil(share * tally.tookMs.length) - 1] ?? 0;
  const share = (count: number): string => `${((100 * count) / searches).toFixed(2)} %`;
  const more = tally.hedges + tally.retries + tally.canaries;
  rows.push(
    `| ${[
      what,
      shards,
      replicas,
      searches,
      share(tally.slow),
      share(tally.failed),
      share(tally.complete),
      tally.calls === 0 ? "" : `${((100 * more) / (tally.calls - more)).toFixed(2)} %`,
      at(0.5),
      at(0.99),
      at(1),
    ].join(" | ")} |`,
  );
  console.error(rows.at(-1));
  return tally;
}

try {
  const five = { shards: 5, searches: 2_000, atATime: 32, rule: LATE };
  await measure({ ...five, what: "1 call in 100 takes 2 s", collection: "late-1", replicas: 1 });
  await measure({ ...five, what: "1 call in 100 takes 2 s", collection: "late-2", replicas: 2 });
  const hundred = { shards: 100, searches: 500, atATime: 6, rule: FAILS, replicas: 2 };
  await measure({ ...hundred, what: "1 call in 100 fails, no retries", collection: "fails-1", retry: false });
  await measure({ ...hundred, what: "1 call in 100 fails", collection: "fails-2" });
  const quiet = { shards: 5, searches: 1_000, atATime: 2, replicas: 2, warmUpMs: WARM_UP_MS };
  await measure({ ...quiet, what: "all is well", collection: "well" });
  await measure({
    ...quiet,
    what: "after a second: one replica of every shard fails every call",
    collection: "dead",
    rule: { replica: 0, failRate: 1 },
  });
  await measure({
    ...quiet,
    what: "after a second: one replica of every shard never answers",
    collection: "hangs",
    rule: { replica: 0, delayMs: 30_000 },
  });
  await putFaults(platform, { rules: [{ collection: "well", shard: 2, failRate: 1 }] });
  const forbid = await searchAll(platform, "well");
  const allow = await searchAll(platform, "well", { partial: "allow" });
  const text = [
    "# Searches under injected faults",
    "",
    "By `npm run bench:faults`: all Workers over HTTP in one process, each search asking every shard once.",
    "",
    "| fault | shards | replicas | searches | over 2 s | failed | complete | more calls | p50, ms | p99, ms | longest, ms |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    `All replicas of shard 2 of 5 dead: \`partial=forbid\` answers ${forbid.status}, "${String(Reflect.get(forbid.body, "detail"))}"`,
    `\`partial=allow\` answers ${allow.status} with coverage ${allow.body.coverage.toFixed(3)}, and names shard ${allow.body.leaves.failed.map(({ shard }) => shard).join(", ")}.`,
    "",
  ].join("\n");
  console.log(text);
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "faults.md"), text);
} finally {
  await platform.stop();
}
