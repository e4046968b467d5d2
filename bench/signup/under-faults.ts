/** A thousand sign-ups under `npm start`, while consumers fail on purpose, the mailbox is down for a while, and everything is killed with -9. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpClient } from "../../test/support/http-client.ts";
import { startProcess } from "../../test/support/platform-process.ts";
import { declareSignup, runSignupTrial } from "../../test/support/signup-trial.ts";

const PEOPLE = Number(process.env["BENCH_PEOPLE"] ?? 1_000);
/** Parts of the people: something is disturbed in all but the first, while they sign up and while they verify. */
const PARTS = 4;
const FAULT_RATE = 0.1;
const DOWN_MS = 10_000;
const DRAIN_MS = 15 * 60_000;

export async function runFaults(say: (line: string) => void): Promise<{ ok: boolean; report: string }> {
  const startedAt = Date.now();
  const env = { UMBEL_FAULTS: "1", UMBEL_EVENT_FAULTS: String(FAULT_RATE) };
  let platform = await startProcess({ env });
  await declareSignup(platform);
  let [kills, outages] = [0, 0];
  const disturb = async (client: HttpClient): Promise<HttpClient> => {
    if ((kills + outages) % 2 === 0) {
      kills += 1;
      say("kill -9");
      await platform.kill();
      platform = await startProcess({ state: platform.state, env });
      return platform;
    }
    outages += 1;
    say(`the mailbox is down for ${DOWN_MS} ms`);
    await client.json("PUT", "/v1/faults", { rules: [{ collection: "_mailbox", failRate: 1 }] });
    await sleep(DOWN_MS);
    await client.json("PUT", "/v1/faults", { rules: [] });
    return client;
  };
  const found = await runSignupTrial(platform, {
    people: PEOPLE,
    parts: PARTS,
    disturb,
    drainMs: DRAIN_MS,
    say,
  });
  await platform.interrupt();

  const { everybody, verifying, links, users, welcomes, verified, unanswered } = found;
  const strangers = (counts: Map<string, number>): number => {
    const wanted = new Set(verifying);
    return [...counts.keys()].filter((address) => !wanted.has(address)).length;
  };
  const faults = {
    "signed up and got no mail": everybody.filter((address) => !links.has(address)).length,
    "followed a link and are not known to be verified": verifying.filter(
      (address) => !verified.has(address) && !unanswered.has(address),
    ).length,
    "links that were good twice": more(verified),
    "verified and not in `users`": verifying.filter((address) => !users.has(address)).length,
    "in `users` more than once": more(users),
    "in `users` and not verified": strangers(users),
    "verified and not welcomed": verifying.filter((address) => !welcomes.has(address)).length,
    "welcomed more than once": more(welcomes),
    "welcomed and not verified": strangers(welcomes),
    "events in flight after the drain": found.inFlight,
    "dead events": found.dead,
  };
  const mails = [...links.values()].reduce((sum, tokens) => sum + tokens.size, 0);
  const report = `## Under faults

${PEOPLE} people sign up under \`npm start\`, one in five twice; nine in ten follow each of their links, twice at the same moment. Of every ten things that a
consumer does one goes wrong (its sinks fail before or after they have written, messages come twice and out of order, it ends before it has confirmed); everything
is killed with -9 ${kills} times and the mailbox is down for ${DOWN_MS / 1000} s ${outages} times, each in the middle of requests. It took ${Math.round((Date.now() - startedAt) / 1000)} s.

| people | different links that were mailed | verified | answers that a kill has taken | users | welcomes |
| --- | --- | --- | --- | --- | --- |
| ${PEOPLE} | ${mails} | ${verifying.length} | ${unanswered.size} | ${users.size} | ${welcomes.size} |

| what must be 0 | |
| --- | --- |
${Object.entries(faults)
  .map(([name, count]) => `| ${name} | ${count} |`)
  .join("\n")}`;
  return { ok: Object.values(faults).every((count) => count === 0), report };
}

/** How many are there more than once. */
function more(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].filter((times) => times > 1).length;
}
