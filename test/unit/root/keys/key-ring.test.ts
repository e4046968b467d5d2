import { describe, expect, it } from "vitest";
import type { KeyList, KeyRecord } from "../../../../core/contracts/keys.ts";
import { KeyRing } from "../../../../root-worker/keys/key-ring.ts";

const record = (id: string): KeyRecord => ({
  id,
  name: id,
  scopes: ["*"],
  createdAt: "2026-01-01T00:00:00.000Z",
  hash: "",
});

/** A Catalog whose keys a test changes, with a clock that it turns. */
class World {
  now = 0;
  asked = 0;
  isDown = false;
  list: KeyList = { revision: 1, keys: [record("a")] };
  readonly ring = new KeyRing(() => this.now);

  put(...ids: string[]): void {
    this.list = { revision: this.list.revision + 1, keys: ids.map(record) };
  }

  async getKeys(since?: number): Promise<KeyList | null> {
    this.asked += 1;
    if (this.isDown) throw new Error("the catalog is down");
    return since === this.list.revision ? null : this.list;
  }

  async has(id: string): Promise<boolean> {
    return (await this.ring.find(id, this)) !== undefined;
  }
}

describe("the keys of a deployment", () => {
  it("are asked for once, and looked up then", async () => {
    const world = new World();
    for (let n = 0; n < 100; n++) expect(await world.has("a")).toBe(true);
    expect(world.asked).toBe(1);
  });

  it("that are made up cost a question a second, and no more", async () => {
    const world = new World();
    for (; world.now < 10_000; world.now += 10) expect(await world.has(`made-up-${world.now}`)).toBe(false);
    expect(world.asked).toBeLessThanOrEqual(11);
  });

  it("are found soon after they are made elsewhere, and not for long after they are deleted there", async () => {
    const world = new World();
    await world.has("a");
    world.put("b");
    world.now = 1_001;
    expect(await world.has("b")).toBe(true);
    expect(await world.has("a")).toBe(false);
    world.put();
    world.now = 2_000;
    expect(await world.has("b")).toBe(true);
    world.now = 6_002;
    expect(await world.has("b")).toBe(false);
  });

  it("are asked for at once after a change here", async () => {
    const world = new World();
    await world.has("a");
    world.put("a", "b");
    world.ring.forget();
    expect(await world.has("b")).toBe(true);
  });

  it("that nobody has changed are not sent again", async () => {
    const world = new World();
    await world.has("a");
    world.now = 60_000;
    expect(await world.has("a")).toBe(true);
    expect(world.asked).toBe(2);
  });

  it("are good for a minute while the Catalog does not answer, and nobody knows them then", async () => {
    const world = new World();
    await world.has("a");
    world.isDown = true;
    for (world.now = 0; world.now <= 60_000; world.now += 1_000) expect(await world.has("a")).toBe(true);
    await expect(world.has("a")).rejects.toThrow("down");
    await expect(world.has("a")).rejects.toThrow("down");
    world.isDown = false;
    expect(await world.has("a")).toBe(true);
  });

  it("that are not known while the Catalog does not answer may be good, and are not said to be none", async () => {
    const world = new World();
    await world.has("a");
    world.isDown = true;
    world.put("a", "b");
    world.now = 1_500;
    for (const _ of [1, 2]) await expect(world.has("b")).rejects.toThrow("down");
    expect(await world.has("a")).toBe(true);
    world.isDown = false;
    world.now = 3_000;
    expect(await world.has("b")).toBe(true);
    expect(await world.has("c")).toBe(false);
  });

  it("of an answer that was overtaken are not believed", async () => {
    const world = new World();
    const old = Promise.withResolvers<KeyList>();
    const slow = world.ring.find("a", { getKeys: async () => old.promise });
    const before = world.list;
    world.put("b");
    world.ring.forget();
    expect(await world.has("b")).toBe(true);
    old.resolve(before);
    await slow;
    expect([await world.has("a"), await world.has("b")]).toEqual([false, true]);
  });
});
