import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startProcess, type PlatformProcess } from "../support/platform-process.ts";
import { Traffic } from "../support/traffic.ts";

const PATH = "/v1/collections/moving";
const READERS = 1;
const WRITERS = 2;

async function reshard(platform: PlatformProcess, shards: number): Promise<void> {
  expect(await platform.json("POST", `${PATH}/reshard`, { shards })).toMatchObject({ status: 202 });
}

async function untilOver(platform: PlatformProcess): Promise<void> {
  for (;;) {
    const { body } = await platform.json<{ running: boolean; step: string }>("GET", `${PATH}/reshard`);
    if (!body.running) {
      expect(body.step).toBe("done");
      return;
    }
    await sleep(50);
  }
}

it(
  "a collection goes from 4 to 7 to 2 shards under reads and writes, and is killed on the way: every read is right, nothing is lost",
  { timeout: 240_000 },
  async () => {
    let platform = await startProcess();
    await platform.json("PUT", PATH, {
      shards: 4,
      fields: { text: { type: "text" }, n: { type: "number" }, grp: { type: "keyword" } },
    });
    const traffic = new Traffic(() => platform, {
      collection: "moving",
      documents: 2_000,
      words: 30,
      pauseMs: 5,
      seed: 3,
    });
    await traffic.load();
    traffic.start(READERS, WRITERS);
    await reshard(platform, 7);
    await sleep(300);
    traffic.isDown = true;
    await platform.kill();
    platform = await startProcess({ state: platform.state });
    traffic.isDown = false;
    await untilOver(platform);
    expect(await platform.json("GET", PATH)).toMatchObject({ body: { shards: 7 } });
    await reshard(platform, 2);
    await untilOver(platform);
    await traffic.stop();
    await traffic.checkAll();

    expect(traffic.wrong).toEqual([]);
    expect(traffic.failed).toEqual([]);
    expect(traffic.reads).toBeGreaterThan(20);
    expect(traffic.writes).toBeGreaterThan(20);
  },
);
