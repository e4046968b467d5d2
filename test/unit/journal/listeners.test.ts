import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LISTENERS_TTL_MS } from "../../../shard-workers/journal/limits.ts";
import { Listeners, type Heard } from "../../../shard-workers/journal/listeners.ts";

const a = { pipeline: "a", version: 1 };
const one: Heard = { listeners: [a], parked: new Set() };
const two: Heard = { listeners: [a, { pipeline: "b", version: 1 }], parked: new Set(["a"]) };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("who listens", () => {
  it("is asked for once within the time limit", async () => {
    const ask = vi.fn<() => Promise<Heard>>().mockResolvedValueOnce(one).mockResolvedValueOnce(two);
    const listeners = new Listeners(ask);

    expect(await listeners.get("t", 0)).toEqual({ ok: true, ...one });
    expect(await listeners.get("t", LISTENERS_TTL_MS - 1)).toEqual({ ok: true, ...one });
    expect(await listeners.get("t", LISTENERS_TTL_MS)).toEqual({ ok: true, ...two });
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("is asked for anew after a change", async () => {
    const ask = vi.fn<() => Promise<Heard>>().mockResolvedValueOnce(one).mockResolvedValueOnce(two);
    const listeners = new Listeners(ask);

    await listeners.get("t", 0);
    listeners.changed();

    expect(await listeners.get("t", 1)).toEqual({ ok: true, ...two });
  });

  it("is not remembered from before a change that came while it was asked for", async () => {
    const early = Promise.withResolvers<Heard>();
    const ask = vi.fn<() => Promise<Heard>>().mockReturnValueOnce(early.promise).mockResolvedValueOnce(two);
    const listeners = new Listeners(ask);

    const asked = listeners.get("t", 0);
    listeners.changed();
    early.resolve(one);
    await asked;

    expect(await listeners.get("t", 1)).toEqual({ ok: true, ...two });
  });

  it("is a failure when the Catalog can't be had, and asked for again", async () => {
    const ask = vi
      .fn<() => Promise<Heard>>()
      .mockRejectedValueOnce(new Error("away"))
      .mockResolvedValueOnce(one);
    const listeners = new Listeners(ask);

    expect(await listeners.get("t", 0)).toMatchObject({ ok: false, code: "unavailable" });
    expect(await listeners.get("t", 0)).toEqual({ ok: true, ...one });
  });
});
