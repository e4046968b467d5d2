import { describe, expect, it } from "vitest";
import {
  afterReport,
  DISABLE_AFTER_MS,
  healthy,
  PAUSE_AFTER_FAILURES,
  PROBE_FIRST_MS,
  PROBE_MAX_MS,
  startProbe,
  type SinkHealth,
} from "../../../decorators/pipelines/sink-health.ts";

const fail = (health: SinkHealth, failed: number, now: number): SinkHealth =>
  afterReport(health, { delivered: 0, failed, error: "no" }, now);

const paused = (now = 0): SinkHealth => fail(healthy(0), PAUSE_AFTER_FAILURES, now);

describe("a sink", () => {
  it("is paused after failures in a row, and a success begins them anew", () => {
    const failing = fail(healthy(0), PAUSE_AFTER_FAILURES - 1, 5);
    expect(failing).toMatchObject({ state: "active", failures: PAUSE_AFTER_FAILURES - 1, error: "no" });
    const mended = afterReport(failing, { delivered: 1, failed: 0 }, 6);
    expect(mended).toEqual(healthy(0));
    expect(fail(mended, PAUSE_AFTER_FAILURES - 1, 7).state).toBe("active");
    expect(fail(failing, 1, 8)).toEqual({
      state: "paused",
      since: 8,
      failures: PAUSE_AFTER_FAILURES,
      error: "no",
      probeAt: 8 + PROBE_FIRST_MS,
      probes: 0,
    });
  });

  it("is paused at once when an event has failed as often as it may", () => {
    const report = { delivered: 0, failed: 1, error: "no", gaveUp: true } as const;

    expect(afterReport(healthy(0), report, 1)).toMatchObject({ state: "paused", failures: 1 });
  });

  it("that is paused is probed by one at a time, at first soon and then less and less often", () => {
    let health = paused();
    expect(startProbe(health, PROBE_FIRST_MS - 1)).toEqual({ probe: false });
    const started = startProbe(health, PROBE_FIRST_MS);
    if (!started.probe) throw new Error("it was due");
    expect(startProbe(started.health, PROBE_FIRST_MS)).toEqual({ probe: false });

    const waits: number[] = [];
    for (let n = 1; n <= 10; n++) {
      health = fail(health, 1, n);
      waits.push((health.probeAt ?? 0) - n);
    }
    expect(waits.slice(0, 3)).toEqual([2 * PROBE_FIRST_MS, 4 * PROBE_FIRST_MS, 8 * PROBE_FIRST_MS]);
    expect(waits.at(-1)).toBe(PROBE_MAX_MS);
  });

  it("that answers again is active from then on", () => {
    expect(afterReport(paused(), { delivered: 1, failed: 3, error: "no" }, 9)).toEqual(healthy(9));
  });

  it("is disabled when it says that it is gone, or when nothing was heard of it for days", () => {
    const gone = afterReport(healthy(0), { delivered: 2, failed: 1, error: "gone", gone: true }, 3);
    expect(gone).toMatchObject({ state: "disabled", since: 3 });
    expect(afterReport(gone, { delivered: 5, failed: 0 }, 4)).toBe(gone);
    expect(fail(paused(), 1, DISABLE_AFTER_MS).state).toBe("disabled");
    expect(startProbe(gone, 1e15)).toEqual({ probe: false });
  });

  it("of which nothing new is known stays as it is", () => {
    const health = paused();
    expect(afterReport(health, { delivered: 0, failed: 0 }, 9)).toBe(health);
  });
});
