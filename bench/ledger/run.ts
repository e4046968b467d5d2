/**
 * The ledger's trial in full: 20,000 events, a tenth of what consumers do goes wrong, and everything is killed with -9 three
 * times. Ends with 1 when an event is lost, doubled or not accounted for; writes bench/results/ledger.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTrial } from "../../test/support/ledger.ts";
import { stopEverything } from "../../test/support/running.ts";

const EVENTS = Number(process.env["BENCH_EVENTS"] ?? 20_000);
const KILLS = 3;
const FAULT_RATE = 0.1;
const DRAIN_MS = 15 * 60_000;

const startedAt = Date.now();
const { counts, wrongLedgers, documents, deadLetters, expected } = await runTrial({
  events: EVENTS,
  kills: KILLS,
  faultRate: FAULT_RATE,
  drainMs: DRAIN_MS,
  say: (line) => console.error(line),
});
await stopEverything();
const seconds = Math.round((Date.now() - startedAt) / 1000);

const missing = expected.delivered.filter((id) => !documents.has(id));
const wanted = new Set(expected.delivered);
const unexpected = [...documents.keys()].filter((id) => !wanted.has(id));
const doubled = [...documents].filter(([, times]) => times > 1);
const unburied = expected.dead.filter((id) => !deadLetters.has(id));
const faults = {
  "in flight after the drain": counts.inFlight,
  "accepted, but for the events that were sent": counts.accepted - EVENTS,
  "times that the ledger did not add up": wrongLedgers.length,
  "accepted and not in the collection": missing.length,
  "in the collection more than once": doubled.length,
  "in the collection and not to be there": unexpected.length,
  "dead without a dead letter": unburied.length,
};
const report = `# The ledger under faults

By \`npm run bench:ledger\`: ${EVENTS} events through three steps, one of them a function, into a collection of four shards, under \`npm start\`. Of every ten things that a
consumer does one goes wrong (its sinks fail before or after they have written, messages come twice and out of order, it ends before it has
confirmed), and everything is killed with -9 ${KILLS} times. It took ${seconds} s.

| accepted | delivered | filtered | dead | in flight |
| --- | --- | --- | --- | --- |
| ${counts.accepted} | ${counts.delivered} | ${counts.filtered} | ${counts.dead} | ${counts.inFlight} |

| what must be 0 | |
| --- | --- |
${Object.entries(faults)
  .map(([name, count]) => `| ${name} | ${count} |`)
  .join("\n")}
`;
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "ledger.md"), report);
console.log(report);
process.exitCode = Object.values(faults).every((count) => count === 0) ? 0 : 1;
