/** Runs of many searches under injected faults, and what they came to. Shared by the journeys and `npm run bench:faults`. */
import type { LeafAttempt } from "../../core/contracts/search.ts";
import type { HttpClient } from "./http-client.ts";

/** Every document matches every search, and each leaf is asked once a search: there are no words to rank by. */
const DOCUMENTS_A_SHARD = 3;

/** A search that is this slow has waited for a straggler: the injected delay is as long, and nothing else is near it. */
export const STRAGGLER_MS = 2_000;

interface FaultsBody {
  rules: object[];
  seed?: number;
  hedge?: boolean;
  retry?: boolean;
}

export interface SearchAnswerBody {
  hits: { id: string }[];
  total: { count: number; exact: boolean };
  leaves: {
    total: number;
    answered: number;
    failed: { shard: number; code: string }[];
    hedged: number;
    retried: number;
  };
  coverage: number;
  cost: { doRequests: number };
  tookMs: number;
  explain?: { shard: number; replica: number; attempts: LeafAttempt[]; startMs: number; endMs: number }[];
}

/** What came of many searches. */
export interface Tally {
  searches: number;
  /** Answered with every document. */
  complete: number;
  failed: number;
  /** Took as long as a straggler (`slowMs`) or longer. */
  slow: number;
  /** Had a call that failed: would have failed without retries. */
  hadFailures: number;
  calls: number;
  hedges: number;
  retries: number;
  canaries: number;
  /** In ms, ascending. */
  tookMs: number[];
}

/** Declares a collection, fills it, and waits until all replicas have everything. */
export async function prepare(
  client: HttpClient,
  name: string,
  { shards, replicas }: { shards: number; replicas: number },
): Promise<number> {
  await expectStatus(client, 201, "PUT", `/v1/collections/${name}`, {
    shards,
    replicas,
    fields: { n: { type: "number" } },
  });
  const count = shards * DOCUMENTS_A_SHARD;
  const documents = Array.from({ length: count }, (_, n) => ({ id: String(n), n }));
  await expectStatus(client, 200, "POST", `/v1/collections/${name}/documents`, documents);
  for (let current = false; !current;) {
    const { body } = await client.json<{ stats: { shards: { replicas: { state: string }[] }[] } }>(
      "GET",
      `/v1/collections/${name}`,
    );
    current = body.stats.shards.every((shard) => shard.replicas.every(({ state }) => state === "current"));
  }
  return count;
}

export async function putFaults(client: HttpClient, faults: FaultsBody): Promise<void> {
  await expectStatus(client, 200, "PUT", "/v1/faults", faults);
}

export async function endFaults(client: HttpClient): Promise<void> {
  await expectStatus(client, 204, "DELETE", "/v1/faults");
}

/** One search for everything; its answer or problem with its status. */
export async function searchAll(client: HttpClient, name: string, request: object = {}) {
  return client.json<SearchAnswerBody>("POST", `/v1/collections/${name}/search`, {
    limit: 1,
    deadlineMs: 30_000,
    explain: true,
    ...request,
  });
}

/** So many searches, so many at a time. */
export async function runSearches(
  client: HttpClient,
  name: string,
  run: { searches: number; atATime: number; documents: number; slowMs?: number },
): Promise<Tally> {
  const tally: Tally = {
    searches: 0,
    complete: 0,
    failed: 0,
    slow: 0,
    hadFailures: 0,
    calls: 0,
    hedges: 0,
    retries: 0,
    canaries: 0,
    tookMs: [],
  };
  let left = run.searches;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { status, body } = await searchAll(client, name);
      count(tally, status, body, run);
    }
  };
  await Promise.all(Array.from({ length: run.atATime }, worker));
  tally.tookMs.sort((a, b) => a - b);
  return tally;
}

function count(
  tally: Tally,
  status: number,
  body: SearchAnswerBody,
  { documents, slowMs = STRAGGLER_MS }: { documents: number; slowMs?: number },
): void {
  tally.searches += 1;
  if (status !== 200) {
    tally.failed += 1;
    return;
  }
  const attempts = body.explain?.flatMap((row) => row.attempts) ?? [];
  if (body.total.count === documents && body.coverage === 1) tally.complete += 1;
  if (body.tookMs >= slowMs) tally.slow += 1;
  if (attempts.some(({ state }) => state === "failed")) tally.hadFailures += 1;
  tally.calls += attempts.length;
  tally.hedges += body.leaves.hedged;
  tally.retries += body.leaves.retried;
  tally.canaries += attempts.filter(({ kind }) => kind === "canary").length;
  tally.tookMs.push(body.tookMs);
}

async function expectStatus(
  client: HttpClient,
  expected: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const { status, body: answer } = await client.json(method, path, body);
  if (status !== expected) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
}
