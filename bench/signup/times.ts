/** Whether the time of an answer to `POST /v1/signups` says if the address has an account: a statistic over many calls. */
import { seededRandom } from "../../core/seeded-random.ts";
import { userIdOf } from "../../decorators/identity/signup/ids.ts";
import { startPlatform, type Platform } from "../../test/support/platform.ts";
import { declareSignup } from "../../test/support/signup-trial.ts";
import { compareMeans, mean, quantile } from "../identity/statistics.ts";

const CALLS = Number(process.env["BENCH_CALLS"] ?? 2_000);
const WARM_UP = 200;

/** Below it a difference is taken not to be chance: so it seems once in twenty runs of equals. */
const CHANCE_MIN = 0.05;

export async function compareTimes(say: (line: string) => void): Promise<{ ok: boolean; report: string }> {
  const platform = await startPlatform();
  await declareSignup(platform);
  const each = CALLS / 2;
  say(`writing ${each} users`);
  await writeUsers(platform, each);
  for (let n = 0; n < WARM_UP; n++) await timeOf(platform, `warm-${n}@example.com`);
  const times = { known: [] as number[], unknown: [] as number[] };
  const random = seededRandom(3);
  const order = Array.from({ length: CALLS }, (_, n) => ({ n, key: random() })).toSorted(
    (a, b) => a.key - b.key,
  );
  for (const [done, { n }] of order.entries()) {
    const kind = n < each ? "known" : "unknown";
    times[kind].push(await timeOf(platform, `${kind}-${n % each}@example.com`));
    if (done % 500 === 0) say(`${done} calls`);
  }
  const { difference, standardError, p } = compareMeans(times.known, times.unknown, random);
  const ok = p >= CHANCE_MIN;
  const report = `## The time of an answer

${CALLS} sign-ups one after the other and in random order, each of another address: half of them have an account, half don't. Milliseconds.

| address | calls | mean | median |
| --- | --- | --- | --- |
${row("has an account", times.known)}
${row("has none", times.unknown)}

The means differ by ${difference.toFixed(3)} ms, with a standard error of ${standardError.toFixed(3)} ms. Shuffled at random, ${(100 * p).toFixed(0)} % of the samples differ as much; it is to be ${100 * CHANCE_MIN} %
at least: ${ok ? "the times don't tell" : "THE TIMES TELL"}.`;
  return { ok, report };
}

async function writeUsers(platform: Platform, count: number): Promise<void> {
  const users = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const address = `known-${n}@example.com`;
      return { id: await userIdOf(address), address, verifiedAt: "2026-01-01T00:00:00Z" };
    }),
  );
  const { status, body } = await platform.json("POST", "/v1/collections/users/documents", users);
  if (status !== 200) throw new Error(JSON.stringify(body));
}

async function timeOf(platform: Platform, email: string): Promise<number> {
  const startedAt = performance.now();
  const { status, body } = await platform.json("POST", "/v1/signups", { email });
  const tookMs = performance.now() - startedAt;
  if (status !== 202) throw new Error(JSON.stringify(body));
  return tookMs;
}

function row(name: string, times: readonly number[]): string {
  return `| ${name} | ${times.length} | ${mean(times).toFixed(3)} | ${quantile(times, 0.5).toFixed(3)} |`;
}
