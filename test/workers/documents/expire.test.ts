import { createExecutionContext, createScheduledController } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import { BranchSessions } from "../../../core/branch-sessions.ts";
import type { Collection } from "../../../core/collection.ts";
import { RETAINED, RETENTION_DEFAULTS } from "../../../core/contracts/retention.ts";
import { writeOperations } from "../../../core/document/write-operations.ts";
import { PLATFORM_COLLECTIONS } from "../../../core/platform-collections.ts";
import { BranchSession } from "../../../shard-workers/documents/branch.ts";
import {
  EXPIRE_BATCH_DOCUMENTS,
  EXPIRE_TIME_MS,
  expireDocuments,
} from "../../../shard-workers/documents/expire.ts";
import documentsWorker from "../../../shard-workers/documents/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env } = workerUnderTest<
  DocumentsBindings,
  typeof import("../../../shard-workers/documents/index.ts")
>();

const NOW = Date.parse("2026-06-15T12:00:00Z");
const DAY_MS = 24 * 3600_000;

const branches = () => new BranchSessions(() => new BranchSession(env, createExecutionContext()));

async function declare(name: string): Promise<Collection> {
  const spec = PLATFORM_COLLECTIONS.get(name);
  if (spec === undefined) throw new Error(`${name} is none of the platform's own`);
  const made = await env.CATALOG.putCollection(name, spec);
  if (!made.ok) throw new Error(made.message);
  return made.collection;
}

/** Writes a document for each age, under `<prefix><place>`. */
async function keep(collection: Collection, field: string, agesMs: number[], prefix = "d"): Promise<void> {
  const operations = agesMs.map((ageMs, place) => {
    const id = `${prefix}${place}`;
    return {
      kind: "put" as const,
      id,
      json: JSON.stringify({ id, [field]: new Date(NOW - ageMs).toISOString() }),
    };
  });
  const services = { branches: branches(), refresh: async () => collection };
  const { outcomes } = await writeOperations(services, collection, operations);
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
}

async function idsOf({ id, epoch, replicas, shards }: Collection): Promise<string[]> {
  const ref = { id, epoch, replicas };
  const ids: string[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const page = await branches().exportPage(ref, shard, "", 20_000);
    if (!page.ok) throw new Error(page.message);
    ids.push(...page.documents.map((document) => document.id));
  }
  return ids.toSorted();
}

const sweep = (now: () => number = () => NOW) =>
  expireDocuments({ catalog: env.CATALOG, branches: branches(), now });

it.each(RETAINED)("deletes from $collection what is older than $setting, and nothing else", async (kept) => {
  const collection = await declare(kept.collection);
  const limitMs = RETENTION_DEFAULTS[kept.setting];
  await keep(collection, kept.field, [0, limitMs - 1, limitMs, limitMs + 1, 3 * limitMs]);

  expect(await sweep()).toBe(2);
  expect(await idsOf(collection)).toEqual(["d0", "d1", "d2"]);

  // As time passes, the others follow.
  expect(await sweep(() => NOW + limitMs - 1)).toBe(2);
  expect(await idsOf(collection)).toEqual(["d0"]);
});

it("goes by what is set, and by the platform's own again for what is set no more", async () => {
  const collection = await declare("_events");
  await keep(collection, "deliveredAt", [DAY_MS, 3 * DAY_MS, 8 * DAY_MS]);

  await env.CATALOG.putRetention({ eventsMs: 2 * DAY_MS });
  await sweep();
  expect(await idsOf(collection)).toEqual(["d0"]);

  expect(await env.CATALOG.putRetention({ mailMs: DAY_MS })).toMatchObject({
    ...RETENTION_DEFAULTS,
    mailMs: DAY_MS,
  });
});

it("takes more than one batch, and leaves for the next sweep what its time is over for", async () => {
  const collection = await declare("_dead_letters");
  const old = Array.from({ length: EXPIRE_BATCH_DOCUMENTS + 5 }, () => 31 * DAY_MS);
  await keep(collection, "diedAt", old);

  // The clock jumps past the sweep's time once it has begun its first batch.
  const clock = vi
    .fn<() => number>()
    .mockReturnValueOnce(NOW)
    .mockReturnValueOnce(NOW)
    .mockReturnValue(NOW + EXPIRE_TIME_MS);
  expect(await sweep(clock)).toBe(EXPIRE_BATCH_DOCUMENTS);
  expect(await sweep()).toBe(5);
  expect(await idsOf(collection)).toEqual([]);
});

it("has nothing to do where the platform has kept nothing, and leaves other collections alone", async () => {
  const made = await env.CATALOG.putCollection("notes", {
    layout: "documents",
    shards: 1,
    replicas: 1,
    fields: { diedAt: { type: "date" } },
  });
  if (!made.ok) throw new Error(made.message);
  await keep(made.collection, "diedAt", [365 * DAY_MS]);

  expect(await sweep()).toBe(0);
  expect(await idsOf(made.collection)).toEqual(["d0"]);
});

it("is done by the Worker's schedule", async () => {
  const collection = await declare("_mailbox");
  await keep(collection, "sentAt", [NOW]);

  await documentsWorker.scheduled(createScheduledController(), env, createExecutionContext());
  expect(await idsOf(collection)).toEqual([]);
});
