/** Whether the time of an answer to `POST /v1/signups` says if the address has an account: a statistic over many calls. */
import { seededRandom } from "../../core/seeded-random.ts";
import { userIdOf } from "../../decorators/identity/signup/ids.ts";
import { startPlatform, type Platform } from "../../test/support/platform.ts";
import { declareSignup } from "../../test/support/signup-trial.ts";

const CALLS = Number(process.env["BENCH_CALLS"] ?? 2_000);
const WARM_UP = 200;

/** Two-sided: beyond it, so large a difference comes by chance once in twenty runs of equals. */
const Z_MAX = 1.96;

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
  const [known, unknown] = [summary(times.known), summary(times.unknown)];
  const difference = known.mean - unknown.mean;
  const noise = Math.sqrt(known.variance / known.count + unknown.variance / unknown.count);
  const z = difference / noise;
  const rank = rankZ(times.known, times.unknown);
  const ok = Math.abs(z) < Z_MAX && Math.abs(rank) < Z_MAX;
  const report = `## The time of an answer

${CALLS} sign-ups one after the other and in random order, each of another address: half of them have an account, half don't. Milliseconds.

| address | calls | mean | median | standard deviation |
| --- | --- | --- | --- | --- |
${row("has an account", known)}
${row("has none", unknown)}

The means differ by ${difference.toFixed(3)} ms, with a standard error of ${noise.toFixed(3)} ms: Welch's t is ${z.toFixed(2)}; by ranks (Mann and Whitney) z is ${rank.toFixed(2)}. Both are to be
within ±${Z_MAX}: ${ok ? "the times don't tell" : "THE TIMES TELL"}.`;
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

interface Summary {
  count: number;
  mean: number;
  median: number;
  variance: number;
}

function summary(values: readonly number[]): Summary {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const sorted = values.toSorted((a, b) => a - b);
  return { count, mean, median: sorted[Math.floor(count / 2)] ?? 0, variance };
}

function row(name: string, { count, mean, median, variance }: Summary): string {
  return `| ${name} | ${count} | ${mean.toFixed(3)} | ${median.toFixed(3)} | ${Math.sqrt(variance).toFixed(3)} |`;
}

/** The normal approximation of Mann and Whitney's U, which outliers don't move. */
function rankZ(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, own: 1 })), ...b.map((value) => ({ value, own: 0 }))];
  all.sort((left, right) => left.value - right.value);
  const ranks = all.reduce((sum, { own }, at) => sum + own * (at + 1), 0);
  const u = ranks - (a.length * (a.length + 1)) / 2;
  const sd = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return (u - (a.length * b.length) / 2) / sd;
}
