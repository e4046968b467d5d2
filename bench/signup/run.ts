/**
 * Sign-ups in full: a thousand under faults, kills and a mail that is down; and whether the time of an answer says if an address has an account. Ends with 1
 * when a mail, a user or a welcome is missing or there twice, or the times differ by more than their noise; writes bench/results/signup.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopEverything } from "../../test/support/running.ts";
import { compareTimes } from "./times.ts";
import { runFaults } from "./under-faults.ts";

const say = (line: string): void => console.error(line);

const parts = new Set(process.argv.slice(2));
const wants = (part: string): boolean => parts.size === 0 || parts.has(part);

const reports = [];
if (wants("faults")) reports.push(await runFaults(say));
if (wants("times")) reports.push(await compareTimes(say));
await stopEverything();

const text = ["# Sign-ups", "By `npm run bench:signup`.", ...reports.map(({ report }) => report)].join(
  "\n\n",
);
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
if (parts.size === 0) writeFileSync(join(results, "signup.md"), `${text}\n`);
console.log(text);
process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1;
