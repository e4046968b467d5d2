import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CollectionSpec } from "../../../../core/collection.ts";
import type { MetricsBatch } from "../../../../core/contracts/metrics.ts";
import { BUDGETS_MAX } from "../../../../core/contracts/budgets.ts";
import { workerUnderTest } from "../../under-test.ts";

const { exports } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../../shard-workers/catalog/index.ts")
>();
const catalog = exports.CatalogService;

const spec: CollectionSpec = { layout: "documents", shards: 1, replicas: 1, fields: {} };

beforeEach(() => {
  vi.setSystemTime(Date.UTC(2026, 10, 25, 10));
});
afterEach(() => {
  vi.useRealTimers();
});

/** Uses so many dollars' worth: a million rows written are one. */
async function spend(kind: "collection" | "pipeline", name: string, usd: number): Promise<void> {
  const counters = { [`umbel_rows_written_total{kind="${kind}",name="${name}"}`]: usd * 1e6 };
  const values = { counters, gauges: {}, histograms: {} };
  const batch: MetricsBatch = { isolate: crypto.randomUUID(), sequence: 1, values };
  await catalog.recordMetrics(JSON.stringify(batch));
}

const isOver = async (): Promise<boolean> => (await catalog.getCollection("films"))?.overBudget === true;

it("a collection is over its budget as soon as that is known to be spent, until it is raised", async () => {
  await catalog.putCollection("films", spec);
  expect(await catalog.putBudget({ kind: "collection", name: "films", usdPerDay: 2 })).toBe("created");
  await spend("collection", "films", 1.5);
  expect(await isOver()).toBe(false);
  await spend("collection", "films", 0.5);
  expect(await isOver()).toBe(true);
  expect(await catalog.listBudgets()).toEqual([
    { kind: "collection", name: "films", usdPerDay: 2, spentUsd: 2, exceeded: true },
  ]);

  expect(await catalog.putBudget({ kind: "collection", name: "films", usdPerDay: 3 })).toBe("replaced");
  expect(await isOver()).toBe(false);
});

it("how much of a budget is used up is a metric, and an alert when all of it is", async () => {
  const ratio = async () =>
    /^umbel_budget_used_ratio\{kind="pipeline",name="mean"\} (\S+)$/m.exec(await catalog.metricsText())?.[1];
  const firing = async () => {
    await catalog.evaluateAlerts();
    return (await catalog.listAlerts())
      .filter(({ rule, state }) => rule === "budget-exceeded" && state === "firing")
      .map(({ labels }) => labels);
  };
  await catalog.putBudget({ kind: "pipeline", name: "mean", usdPerDay: 2 });
  await spend("pipeline", "mean", 1);
  expect(await ratio()).toBe("0.5");
  expect(await firing()).toEqual([]);

  await spend("pipeline", "mean", 1);
  expect(await ratio()).toBe("1");
  expect(await firing()).toEqual([{ kind: "pipeline", name: "mean" }]);

  await catalog.putBudget({ kind: "pipeline", name: "mean", usdPerDay: 3 });
  expect(await firing()).toEqual([]);
  await catalog.deleteBudget("pipeline", "mean");
  expect(await ratio()).toBeUndefined();
});

it("a budget that is taken away stops nothing", async () => {
  await catalog.putCollection("films", spec);
  await catalog.putBudget({ kind: "collection", name: "films", usdPerDay: 1 });
  await spend("collection", "films", 1);
  expect(await catalog.deleteBudget("collection", "films")).toBe(true);
  expect(await isOver()).toBe(false);
  expect(await catalog.deleteBudget("collection", "films")).toBe(false);
});

it("what is over its budget is so in what is asked, and in nothing that is kept", async () => {
  await catalog.putCollection("films", spec);
  await catalog.putBudget({ kind: "collection", name: "films", usdPerDay: 1 });
  await spend("collection", "films", 1);
  expect(await isOver()).toBe(true);
  await catalog.putCollection("films", { ...spec, fields: { year: { type: "number" } } });
  await catalog.deleteBudget("collection", "films");
  expect(await catalog.getCollection("films")).not.toHaveProperty("overBudget");
});

it("a pipeline is over its budget for its topic alone", async () => {
  for (const name of ["a", "b"])
    await catalog.putPipeline(name, { topic: "t", steps: [], deliver: [{ reply: true }] });
  await catalog.putBudget({ kind: "pipeline", name: "a", usdPerDay: 1 });
  await spend("pipeline", "a", 5);
  await spend("pipeline", "b", 5);
  const listening = await catalog.pipelinesOf("t");
  expect(listening.map(({ name, overBudget }) => [name, overBudget])).toEqual([
    ["a", true],
    ["b", undefined],
  ]);
});

it("a deployment has a bounded number of budgets", async () => {
  for (let n = 0; n < BUDGETS_MAX; n++)
    expect(await catalog.putBudget({ kind: "pipeline", name: `p${n}`, usdPerDay: 1 })).toBe("created");
  expect(await catalog.putBudget({ kind: "pipeline", name: "one-more", usdPerDay: 1 })).toBe("full");
  expect(await catalog.putBudget({ kind: "pipeline", name: "p0", usdPerDay: 2 })).toBe("replaced");
});
