/** Real Durable Objects, whose calls to each other are lost, doubled, late and out of order, and which are killed meanwhile. */
import { afterEach, expect, it, vi } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import { leafStub } from "../../../shard-workers/documents/leaf-stub.ts";
import { ReplicaTransport } from "../../../shard-workers/documents/replication/transport.ts";
import { seeded } from "../../unit/documents/replication/network.ts";
import { branch, env, put, refOf } from "./one-leaf.ts";
import { declareReplicas, expectSameEverywhere, kill, leaf, loseStorage } from "./replicas.ts";

const REPLICAS = 3;
const WRITES = 400;
const LOST = 0.15;
const DOUBLED = 0.15;
const DELAY_MAX_MS = 8;
const KILLED = 0.1;
const STORAGE_LOST = 0.01;

afterEach(() => {
  vi.restoreAllMocks();
});

const wait = async (ms: number) => {
  await scheduler.wait(ms);
};

/** From now on calls between replicas fare as on a bad network. How many were lost, and how many came twice. */
function badNetwork(films: Collection, random: () => number): { lost: number; doubled: number } {
  const count = { lost: 0, doubled: 0 };
  async function deliver<T>(call: () => Promise<T>): Promise<T> {
    if (random() < DOUBLED) {
      count.doubled += 1;
      const twin = wait(random() * 3 * DELAY_MAX_MS).then(call);
      twin.catch(() => undefined);
    }
    await wait(random() * DELAY_MAX_MS);
    const lost = random() < LOST;
    if (lost) count.lost += 1;
    // Of what is lost, half has arrived, and its answer is missing.
    if (lost && random() < 0.5) throw new Error("lost");
    const answer = await call();
    if (lost) throw new Error("lost");
    return answer;
  }
  vi.spyOn(ReplicaTransport.prototype, "push").mockImplementation(async (replica, message) =>
    deliver(async () => leafStub(env, films.id, 0, replica).push(message)),
  );
  vi.spyOn(ReplicaTransport.prototype, "pull").mockImplementation(async (request) =>
    deliver(async () => leafStub(env, films.id, 0, 0).pull(request)),
  );
  return count;
}

it(
  "replicas have the same content and sequence in the end, no answered write is missing, and a bookmark is kept",
  { timeout: 300_000 },
  async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const random = seeded(6);
    const anyReplica = () => Math.floor(random() * REPLICAS);
    const films = await declareReplicas(REPLICAS);
    const count = badNetwork(films, random);
    const answered: string[] = [];
    let seen = 0;
    for (let step = 0; step < WRITES; step++) {
      const id = `d${step}`;
      const changed = { kind: "delete" as const, id: `d${Math.floor(random() * step)}x` };
      const write = branch.write(refOf(films), [
        { shard: 0, operations: [put(id, { n: step }), put(`${id}x`), changed] },
      ]);
      const victim = anyReplica();
      if (random() < STORAGE_LOST) await loseStorage(films, Math.max(1, victim));
      else if (random() < KILLED) await kill(films, victim);
      const [answer] = await write;
      // Killed under it, the primary may or may not have written.
      if (answer?.ok !== true) continue;
      answered.push(id);
      const read = await leaf(films, anyReplica())
        .getDocument(refOf(films), id, { minSequence: answer.sequence })
        .catch(() => undefined);
      if (read?.ok !== true) continue;
      expect(read.document).toMatchObject({ id });
      seen += 1;
    }
    expect(count.lost).toBeGreaterThan(20);
    expect(count.doubled).toBeGreaterThan(20);
    expect(seen).toBeGreaterThan(WRITES / 3);
    vi.restoreAllMocks();

    const ids = new Set((await expectSameEverywhere(films)).map(({ id }) => id));
    expect(answered.length).toBeGreaterThan(WRITES * 0.8);
    expect(answered.filter((id) => !ids.has(id))).toEqual([]);
  },
);
