/** What each built-in decorator takes for an event: its first example, again and again. Writes bench/results/decorators.md. */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { BUILT_IN } from "../../decorators/built-in/index.ts";
import { EXAMPLE_ATTRIBUTES, type Decorator } from "../../decorators/contract.ts";
import { EXAMPLE_CONTEXT } from "../../test/unit/decorators/example-context.ts";

const WARM_UP = 2_000;
const EVENTS = 20_000;

const find = (name: string) => BUILT_IN.find((decorator) => decorator.name === name);

async function microseconds(decorator: Decorator): Promise<number> {
  const [example] = decorator.examples;
  const prepared = decorator.prepare(example.with, ["with"], find);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
  const event = { ...EXAMPLE_ATTRIBUTES, ...example.given };
  const once = async () => {
    try {
      const made = prepared.decorate(event, EXAMPLE_CONTEXT);
      if (made instanceof Promise) await made;
    } catch {
      // To reject is what the example of `fail` shows.
    }
  };
  for (let n = 0; n < WARM_UP; n++) await once();
  const startedAt = performance.now();
  for (let n = 0; n < EVENTS; n++) await once();
  return ((performance.now() - startedAt) / EVENTS) * 1000;
}

const rows: string[] = [];
for (const decorator of BUILT_IN) {
  const [{ shows }] = decorator.examples;
  rows.push(`| ${decorator.name} | ${shows} | ${(await microseconds(decorator)).toFixed(1)} |`);
}
const machine = `${os.cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
const page = [
  "# Built-in decorators, µs an event",
  "",
  `\`npm run bench:decorators\`: the first example of each, ${EVENTS.toLocaleString("en")} times, one after the other, services in memory. ${machine}.`,
  "",
  "| decorator | example | µs |",
  "| --- | --- | --: |",
  ...rows,
  "",
].join("\n");
writeFileSync(join(import.meta.dirname, "../results/decorators.md"), page);
console.log(page);
