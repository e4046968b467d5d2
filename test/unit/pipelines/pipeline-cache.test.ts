import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Pipeline } from "../../../core/contracts/pipelines.ts";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import { PIPELINE_TTL_MS } from "../../../decorators/pipelines/limits.ts";
import { PipelineCache } from "../../../decorators/pipelines/pipeline-cache.ts";

const declared = (version: number, change: Partial<Pipeline> = {}): Pipeline => ({
  name: "p",
  version,
  topic: "t",
  steps: [],
  deliver: [{ collection: "c" }],
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  ...change,
});

type GetPipeline = (name: string) => Promise<Pipeline | null>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a pipeline", () => {
  it("is read once while it is fresh, and again later", async () => {
    const get = vi.fn<GetPipeline>().mockResolvedValueOnce(declared(1)).mockResolvedValueOnce(declared(2));
    const cache = new PipelineCache(BUILT_IN);

    expect(await cache.find(get, "p", 1)).toMatchObject({ ok: true, pipeline: { version: 1 } });
    vi.advanceTimersByTime(PIPELINE_TTL_MS - 1);
    expect(await cache.find(get, "p", 1)).toMatchObject({ ok: true, pipeline: { version: 1 } });
    vi.advanceTimersByTime(1);
    expect(await cache.find(get, "p", 1)).toMatchObject({ ok: true, pipeline: { version: 2 } });
  });

  it("is read at once for events that were accepted for a newer version", async () => {
    const get = vi.fn<GetPipeline>().mockResolvedValueOnce(declared(1)).mockResolvedValueOnce(declared(2));
    const cache = new PipelineCache(BUILT_IN);
    await cache.find(get, "p", 1);

    expect(await cache.find(get, "p", 2)).toMatchObject({ ok: true, pipeline: { version: 2 } });
    expect(await cache.find(get, "p", 1)).toMatchObject({ ok: true, pipeline: { version: 2 } });
    expect(get).toHaveBeenCalledTimes(2);
  });

  it("that is deleted takes its events with it, with a reason", async () => {
    const cache = new PipelineCache(BUILT_IN);

    expect(await cache.find(async () => null, "p", 1)).toEqual({
      ok: false,
      trouble: { kind: "rejected", error: "The pipeline was deleted before it was through with the event." },
    });
  });

  it("that can't be read now is waited for", async () => {
    const cache = new PipelineCache(BUILT_IN);

    expect(await cache.find(async () => Promise.reject(new Error("away")), "p", 1)).toMatchObject({
      trouble: { kind: "waiting" },
    });
  });

  it("that this Worker can't run, as while a newer one is deployed, fails with the place", async () => {
    const cache = new PipelineCache(BUILT_IN);
    const newer = declared(1, { steps: [{ use: "tomorrow" }] });

    expect(await cache.find(async () => newer, "p", 1)).toMatchObject({
      trouble: { kind: "failed", error: expect.stringContaining("steps[0].use") },
    });
  });
});
