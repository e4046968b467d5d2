import { describe, expect, it } from "vitest";
import { leaseMs, patienceMs, smoothLatency } from "../../../shard-workers/journal/lease.ts";
import { LEASE_FIRST_MS, LEASE_JITTER, LEASE_MAX_MS } from "../../../shard-workers/journal/limits.ts";

describe("a lease", () => {
  it("doubles with each handover", () => {
    expect([1, 2, 3].map((handed) => leaseMs(handed, 0, 0))).toEqual([
      LEASE_FIRST_MS,
      2 * LEASE_FIRST_MS,
      4 * LEASE_FIRST_MS,
    ]);
  });

  it("ends growing at its longest, however often events were handed over", () => {
    expect(leaseMs(20, 0, 0)).toBe(LEASE_MAX_MS);
    expect(leaseMs(5_000, 0, 0)).toBe(LEASE_MAX_MS);
  });

  it("is lengthened by chance, and never shortened", () => {
    expect(leaseMs(1, 0, 0.5)).toBe(LEASE_FIRST_MS * (1 + LEASE_JITTER / 2));
    expect(leaseMs(20, 0, 0.999)).toBeLessThanOrEqual(LEASE_MAX_MS * (1 + LEASE_JITTER));
  });

  it("gives a slow pipeline three times what its confirmations take", () => {
    expect(leaseMs(1, 60_000, 0)).toBe(180_000);
    expect(leaseMs(1, 1_000, 0)).toBe(LEASE_FIRST_MS);
  });
});

describe("patience", () => {
  it("is as long as confirmations make plausible, and bounded", () => {
    expect(patienceMs(0)).toBe(0);
    expect(patienceMs(20_000)).toBe(60_000);
    expect(patienceMs(24 * 3600_000)).toBe(LEASE_MAX_MS);
  });
});

describe("the latency to go by", () => {
  it("rises at once and falls slowly", () => {
    expect(smoothLatency(1_000, 5_000)).toBe(5_000);
    expect(smoothLatency(5_000, 0)).toBe(4_000);
  });
});
