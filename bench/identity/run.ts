/**
 * Whether the time of an answer says if an account exists: challenges are opened, and answered wrongly, for accounts that have an
 * authenticator and for accounts that have none, in random order, one at a time; and the difference of the means is held against its own
 * noise. Fails when chance makes a difference as large less than once in a thousand times. Writes bench/results/identity.md.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { generate } from "otplib";
import { seededRandom } from "../../core/seeded-random.ts";
import { TEST_IDENTITY_KEYS } from "../../test/support/identity-keys.ts";
import { bundledWorker, configuredWorker, workerNames } from "../../test/support/worker-options.ts";
import { compareMeans, mean, quantile } from "./statistics.ts";

const CALLS = Number(process.env["BENCH_CALLS"] ?? 2_000);
const SEED = Number(process.env["BENCH_SEED"] ?? 1);
const WARM_UP_CALLS = 600;
const KEY = "bench-key";
const P_MIN = 0.001;

const random = seededRandom(SEED);
const state = join(tmpdir(), `umbel-bench-identity-${process.pid}`);

async function workers(): Promise<V4WorkerOptions[]> {
  return Promise.all(
    workerNames.map(async (worker): Promise<V4WorkerOptions> => {
      if (worker !== "root") {
        const vars = worker === "identity" ? { UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS } : {};
        return bundledWorker(worker, { vars });
      }
      // Miniflare routes assets by three more Workers; the platform does it before a Worker is run.
      const { assets: _, ...options } = await bundledWorker(worker, { vars: { UMBEL_ADMIN_KEY: KEY } });
      return { ...options, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
    }),
  );
}

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({ workers: await workers(), cf: false }),
  resourcePersistencePath: state,
});
await miniflare.ready;
const { href } = await miniflare.unsafeGetDirectURL(configuredWorker("root").options.name);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** One request over the one connection: its body, and its time in ms. */
function call<Body>(path: string, body: object, expected: number): Promise<{ body: Body; tookMs: number }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sent = request(
      href.replace(/\/$/, "") + path,
      {
        agent,
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          const tookMs = performance.now() - startedAt;
          if (response.statusCode === expected) resolve({ body: JSON.parse(text) as Body, tookMs });
          else reject(new Error(`${path}: ${response.statusCode} ${text}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

async function enroll(account: string): Promise<void> {
  const path = "/v1/identity/totp/enrollments";
  const { body } = await call<{ enrollment: string; secret: string }>(path, { account }, 201);
  const code = await generate({ secret: body.secret });
  await call(`${path}/${body.enrollment}/confirm`, { code }, 200);
}

interface Sample {
  opened: number[];
  answered: number[];
}

async function measure(account: string, sample?: Sample): Promise<void> {
  const opened = await call<{ challenge: string }>("/v1/identity/challenges", { account }, 202);
  const path = `/v1/identity/challenges/${opened.body.challenge}/verify`;
  // No code: it can't be right by chance.
  const answered = await call(path, { code: "no code" }, 401);
  sample?.opened.push(opened.tookMs);
  sample?.answered.push(answered.tookMs);
}

function shuffled<T>(values: readonly T[]): T[] {
  const rest = [...values];
  return rest.map((_, at) => {
    const from = at + Math.floor(random() * (rest.length - at));
    const drawn = rest[from];
    rest[from] = rest[at] as T; // both places are within the list
    rest[at] = drawn as T;
    return drawn as T;
  });
}

const half = CALLS / 2;
const known = Array.from({ length: half }, (_, n) => `known-${n}`);
const unknown = Array.from({ length: half }, (_, n) => `unknown-${n}`);
for (const account of known) await enroll(account);
for (let n = 0; n < WARM_UP_CALLS; n++) await measure(`warm-up-${n}`);

const samples = {
  known: { opened: [], answered: [] } as Sample,
  unknown: { opened: [], answered: [] } as Sample,
};
for (const account of shuffled([...known, ...unknown])) {
  await measure(account, account.startsWith("known") ? samples.known : samples.unknown);
}
await miniflare.dispose();
rmSync(state, { recursive: true, force: true });

const us = (ms: number) => (ms * 1000).toFixed(0);
const rows = (["opened", "answered"] as const).map((what) => {
  const [first, second] = [samples.known[what], samples.unknown[what]];
  const { difference, standardError, p } = compareMeans(first, second, random);
  const cells = [
    what === "opened" ? "a challenge is opened" : "it is answered wrongly",
    us(mean(first)),
    us(mean(second)),
    us(quantile(first, 0.5)),
    us(quantile(second, 0.5)),
    us(difference),
    us(standardError),
    p.toFixed(3),
  ];
  return { p, line: `| ${cells.join(" | ")} |` };
});

const report = `# What the time of an answer says of an account

\`npm run bench:identity\`: ${CALLS} challenges over HTTP against all Workers, one at a time in random order (seed ${SEED}), half of them for accounts that have an
authenticator, half for accounts of which nothing is known; each is opened, and answered wrongly. Times in µs. The standard error is what the difference would be
off by, by chance (Welch); p is how often chance alone makes a difference as large (10,000 shuffles): only a small p would say that the two can be told apart.

| | mean, known | mean, unknown | median, known | median, unknown | difference | standard error | p |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(({ line }) => line).join("\n")}

That both take the same statements, rows and computations is a test: \`test/workers/identity/same-work.test.ts\`.
`;
mkdirSync("bench/results", { recursive: true });
writeFileSync("bench/results/identity.md", report);
console.log(report);
if (rows.some(({ p }) => p < P_MIN)) {
  console.error("The answers' times tell the accounts apart.");
  process.exitCode = 1;
}
