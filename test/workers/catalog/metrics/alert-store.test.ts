import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { Sight } from "../../../../core/alerts/measure.ts";
import type { AlertRule } from "../../../../core/contracts/alerts.ts";
import { ALERT_RULES_MAX, AlertStore } from "../../../../shard-workers/catalog/metrics/alert-store.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../../shard-workers/catalog/index.ts")
>();

const NOW = Date.UTC(2026, 10, 25, 10);
const MINUTE_MS = 60_000;

const rule: AlertRule = {
  kind: "threshold",
  metric: "umbel_dead_letters_total",
  by: ["pipeline"],
  measure: "increase",
  overSeconds: 300,
  above: 0,
};

function deaths(byPipeline: Record<string, number>): Sight {
  const counters = Object.fromEntries(
    Object.entries(byPipeline).map(([pipeline, count]) => [
      `umbel_dead_letters_total{pipeline="${pipeline}"}`,
      count,
    ]),
  );
  return { during: () => ({ counters, histograms: {} }), gauges: {} };
}

/** With one rule of the test's own, and none of the built-in. */
async function withRule(declared: AlertRule, run: (store: AlertStore) => void): Promise<void> {
  await withStorage((storage) => {
    const store = new AlertStore(storage);
    for (const { name, rule: builtIn } of store.rules()) store.putRule(name, { ...builtIn, enabled: false });
    store.putRule("mine", declared);
    run(store);
  });
}

async function withStorage(run: (storage: DurableObjectStorage) => void): Promise<void> {
  await runInDurableObject(env.METRICS.getByName(crypto.randomUUID()), (_, { storage }) => run(storage));
}

const told = (store: AlertStore, sight: Sight, now: number) => {
  const notices = store.evaluate(sight, now);
  store.confirm(notices.map(({ id }) => id));
  return notices.map(({ alert }) => `${alert.labels["pipeline"]} ${alert.state}`);
};

it("tells once when an alert begins and once when it ends, for each group by itself", async () => {
  await withRule(rule, (store) => {
    expect(told(store, deaths({ a: 0, b: 0 }), NOW)).toEqual([]);
    expect(told(store, deaths({ a: 1, b: 0 }), NOW + MINUTE_MS)).toEqual(["a firing"]);
    expect(told(store, deaths({ a: 2, b: 1 }), NOW + 2 * MINUTE_MS)).toEqual(["b firing"]);
    expect(told(store, deaths({ a: 0, b: 1 }), NOW + 3 * MINUTE_MS)).toEqual(["a resolved"]);
    // A group of which nothing is known any longer is well, too.
    expect(told(store, deaths({}), NOW + 4 * MINUTE_MS)).toEqual(["b resolved"]);
    expect(told(store, deaths({ a: 1 }), NOW + 5 * MINUTE_MS)).toEqual(["a firing"]);
  });
});

it("tells the same under the same id until that is confirmed", async () => {
  await withRule(rule, (store) => {
    const [first] = store.evaluate(deaths({ a: 1 }), NOW);
    const [second] = store.evaluate(deaths({ a: 5 }), NOW + MINUTE_MS);
    expect(second?.id).toBe(first?.id);
    store.confirm([first?.id ?? ""]);
    expect(store.evaluate(deaths({ a: 5 }), NOW + 2 * MINUTE_MS)).toEqual([]);
  });
});

it("is pending for as long as the rule wants, and silent about what ends before", async () => {
  await withRule({ ...rule, forSeconds: 120 }, (store) => {
    expect(told(store, deaths({ a: 1 }), NOW)).toEqual([]);
    expect(store.alerts()).toMatchObject([{ state: "pending" }]);
    expect(told(store, deaths({}), NOW + MINUTE_MS)).toEqual([]);
    expect(store.alerts()).toEqual([]);
    expect(told(store, deaths({ a: 1 }), NOW + 2 * MINUTE_MS)).toEqual([]);
    expect(told(store, deaths({ a: 1 }), NOW + 3 * MINUTE_MS)).toEqual([]);
    expect(told(store, deaths({ a: 1 }), NOW + 4 * MINUTE_MS)).toEqual(["a firing"]);
  });
});

it("shows what was resolved for a day", async () => {
  await withRule(rule, (store) => {
    told(store, deaths({ a: 1 }), NOW);
    told(store, deaths({}), NOW + MINUTE_MS);
    expect(store.alerts()).toMatchObject([{ state: "resolved", labels: { pipeline: "a" } }]);
    told(store, deaths({}), NOW + 25 * 3_600_000);
    expect(store.alerts()).toEqual([]);
  });
});

it("forgets the alerts of a rule that is gone or switched off", async () => {
  await withRule(rule, (store) => {
    told(store, deaths({ a: 1 }), NOW);
    store.putRule("mine", { ...rule, enabled: false });
    told(store, deaths({ a: 1 }), NOW + MINUTE_MS);
    expect(store.alerts()).toEqual([]);
  });
});

it("has built-in rules, of which each can be declared anew and had back", async () => {
  await withStorage((storage) => {
    const store = new AlertStore(storage);
    const named = () => store.rules().find(({ name }) => name === "dead-letters");
    expect(named()?.builtIn).toBe(true);
    expect(store.putRule("dead-letters", { ...rule, above: 5 })).toBe("replaced");
    expect(named()).toMatchObject({ builtIn: false, rule: { above: 5 } });
    expect([store.deleteRule("dead-letters"), store.deleteRule("dead-letters")]).toEqual([true, false]);
    expect(named()).toMatchObject({ builtIn: true, rule: { above: 0 } });
  });
});

it("takes a bounded number of rules", async () => {
  await withStorage((storage) => {
    const store = new AlertStore(storage);
    for (let n = store.rules().length; n < ALERT_RULES_MAX; n++)
      expect(store.putRule(`r${n}`, rule)).toBe("created");
    expect(store.putRule("one-more", rule)).toBe("full");
    expect(store.putRule("dead-letters", rule)).toBe("replaced");
  });
});
