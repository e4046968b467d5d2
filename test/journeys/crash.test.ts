import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startProcess, type PlatformProcess } from "../support/platform-process.ts";

const EVENTS = 500;
const DOCUMENTS_A_WRITE = 100;

/** More than the journal's first lease and the queue's wait together, on a slow machine. */
const ARRIVAL_DEADLINE_MS = 90_000;

async function declare(platform: PlatformProcess): Promise<void> {
  for (const name of ["bulk", "arrived"]) {
    const declared = await platform.json("PUT", `/v1/collections/${name}`, {
      shards: 4,
      fields: { text: { type: "text" }, n: { type: "number" } },
    });
    expect(declared.status).toBe(201);
  }
  const pipeline = await platform.json("PUT", "/v1/pipelines/arrivals", {
    topic: "arrivals",
    steps: [{ use: "defaults", with: { text: "arrived" } }],
    deliver: [{ collection: "arrived" }],
  });
  expect(pipeline.status).toBe(201);
}

/** Writes documents until the platform is gone; the ids whose write was answered. */
async function writeUntilGone(platform: PlatformProcess, answered: Set<string>): Promise<void> {
  for (let first = 0; ; first += DOCUMENTS_A_WRITE) {
    const documents = Array.from({ length: DOCUMENTS_A_WRITE }, (_, index) => ({
      id: `d-${first + index}`,
      n: first + index,
    }));
    try {
      const { status, body } = await platform.json("POST", "/v1/collections/bulk/documents", documents);
      if (status !== 200) return;
      expect(body).toMatchObject({ written: DOCUMENTS_A_WRITE });
      for (const { id } of documents) answered.add(id);
    } catch {
      return;
    }
  }
}

/** Publishes events one by one until the platform is gone, or all are; the ids that got a 202. */
async function publishUntilGone(platform: PlatformProcess, answered: Set<string>): Promise<void> {
  for (let n = 0; n < EVENTS; n++) {
    try {
      const { status } = await platform.json("POST", "/v1/topics/arrivals/events", { id: `e-${n}`, n });
      if (status !== 202) return;
      answered.add(`e-${n}`);
    } catch {
      return;
    }
  }
}

async function idsIn(platform: PlatformProcess, collection: string): Promise<Set<string>> {
  const response = await platform.fetch(`/v1/collections/${collection}/export`);
  expect(response.status).toBe(200);
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id));
}

function missing(wanted: ReadonlySet<string>, there: ReadonlySet<string>): string[] {
  return [...wanted].filter((id) => !there.has(id));
}

describe("kill -9 of everything, in the middle of a bulk load and of 500 events", () => {
  it(
    "loses no document whose write was answered, and no event that got a 202",
    { timeout: 300_000 },
    async () => {
      const before = await startProcess();
      await declare(before);
      const documents = new Set<string>();
      const events = new Set<string>();
      const load = Promise.all([writeUntilGone(before, documents), publishUntilGone(before, events)]);
      while (events.size < EVENTS / 3 || documents.size === 0) await sleep(5);
      await before.kill();
      await load;
      expect(events.size).toBeLessThan(EVENTS);

      const after = await startProcess({ state: before.state });
      expect(missing(documents, await idsIn(after, "bulk"))).toEqual([]);
      const giveUpAt = Date.now() + ARRIVAL_DEADLINE_MS;
      let outstanding = missing(events, await idsIn(after, "arrived"));
      while (outstanding.length > 0 && Date.now() < giveUpAt) {
        await sleep(500);
        outstanding = missing(events, await idsIn(after, "arrived"));
      }
      expect(outstanding).toEqual([]);
      const sample = await after.json("GET", "/v1/collections/arrived/documents/e-0");
      expect(sample.body).toEqual({ id: "e-0", n: 0, text: "arrived" });
      expect(await after.interrupt()).toMatchObject({ code: expect.any(Number) });
    },
  );
});
