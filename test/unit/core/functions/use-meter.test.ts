import { describe, expect, it, vi } from "vitest";
import type { FunctionUse } from "../../../../core/contracts/function-uses.ts";
import { USES_TOLD_AFTER_MS, UseMeter } from "../../../../core/functions/use-meter.ts";

const use = (change: Partial<FunctionUse> = {}): FunctionUse => ({
  name: "lang",
  version: "00000000000000aa",
  kind: "decorate",
  calls: 1,
  items: 10,
  errors: 0,
  ms: 3,
  ...change,
});

/** A reach whose time passes when the test says so. */
function slowReach(tell: (uses: FunctionUse[]) => Promise<void> = async () => undefined) {
  const waits: { ms: number; end: () => void }[] = [];
  const awake: Promise<void>[] = [];
  const told = vi.fn<typeof tell>(tell);
  return {
    told,
    waits,
    awake,
    reach: {
      tell: told,
      keepAwake: (work: Promise<void>) => void awake.push(work),
      wait: async (ms: number) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        waits.push({ ms, end: resolve });
        return promise;
      },
    },
  };
}

describe("what was counted", () => {
  it("is told once after a while, summed by version and export, whatever was counted meanwhile", async () => {
    const { told, waits, awake, reach } = slowReach();
    const meter = new UseMeter();
    meter.count(use());
    meter.tellLater(reach);
    meter.count(use({ errors: 2 }));
    meter.count(use({ version: "00000000000000bb" }));
    meter.count(use({ kind: "handle", items: 1 }));
    meter.tellLater(reach);

    expect(waits.map(({ ms }) => ms)).toEqual([USES_TOLD_AFTER_MS]);
    expect(told).not.toHaveBeenCalled();
    waits[0]?.end();
    await Promise.all(awake);
    expect(told.mock.calls).toEqual([
      [
        [
          use({ calls: 2, items: 20, errors: 2, ms: 6 }),
          use({ version: "00000000000000bb" }),
          use({ kind: "handle", items: 1 }),
        ],
      ],
    ]);
  });

  it("is kept for the next time when it can't be told", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const away = slowReach(async () => Promise.reject(new Error("away")));
    const meter = new UseMeter();
    meter.count(use());
    meter.tellLater(away.reach);
    away.waits[0]?.end();
    await Promise.all(away.awake);

    const back = slowReach();
    meter.count(use());
    meter.tellLater(back.reach);
    back.waits[0]?.end();
    await Promise.all(back.awake);
    expect(back.told.mock.calls).toEqual([[[use({ calls: 2, items: 20, ms: 6 })]]]);
    vi.restoreAllMocks();
  });

  it("is not waited for when there is nothing", () => {
    const { awake, reach } = slowReach();
    new UseMeter().tellLater(reach);

    expect(awake).toEqual([]);
  });
});
