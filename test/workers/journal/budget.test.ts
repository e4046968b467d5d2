import { expect, it } from "vitest";
import { LEASE_FIRST_MS, PARK_MS } from "../../../shard-workers/journal/limits.ts";
import { env, event, journal, Topic } from "./topic.ts";

async function spend(pipeline: string, usd: number): Promise<void> {
  const counters = { [`umbel_rows_written_total{kind="pipeline",name="${pipeline}"}`]: usd * 1e6 };
  const values = { counters, gauges: {}, histograms: {} };
  await env.CATALOG.recordMetrics(JSON.stringify({ isolate: crypto.randomUUID(), sequence: 1, values }));
}

it("a pipeline that has used up its budget is handed nothing until it is raised, and then everything", async () => {
  const topic = new Topic();
  await topic.listen("mean", "rich");
  await env.CATALOG.putBudget({ kind: "pipeline", name: "mean", usdPerDay: 1 });
  await spend("mean", 1);
  await journal.pipelinesChanged(topic.name);
  await topic.append(event("1"), event("2"));
  const first = await topic.take(2);
  expect(first.map(({ pipeline }) => pipeline)).toEqual(["rich", "rich"]);
  await topic.deliver(...first);

  await topic.alarmAfter(LEASE_FIRST_MS + 1);
  await topic.alarmAfter(LEASE_FIRST_MS + PARK_MS + 2);
  expect((await topic.takeUntilMarker()).map(({ pipeline }) => pipeline)).toEqual([]);
  expect(await journal.counts(topic.name)).toMatchObject({ accepted: 3, dead: 0 });

  await env.CATALOG.putBudget({ kind: "pipeline", name: "mean", usdPerDay: 2 });
  await journal.pipelinesChanged(topic.name);
  await topic.alarmAfter(LEASE_FIRST_MS + 3 * PARK_MS);
  const then = await topic.take(3);
  expect(then.filter(({ pipeline }) => pipeline === "mean").map((handed) => handed.event.id)).toEqual(
    expect.arrayContaining(["1", "2"]),
  );
  expect(then.find((handed) => handed.event.id === "1")).toMatchObject({ failures: 0, waits: 0 });
});

it("what is replayed to a pipeline that has used up its budget waits, too", async () => {
  const topic = new Topic();
  await topic.listen("idle");
  await topic.append(event("1"));
  await topic.deliver(...(await topic.take(1)));
  await env.CATALOG.putBudget({ kind: "pipeline", name: "idle", usdPerDay: 1 });
  await spend("idle", 1);
  await journal.pipelinesChanged(topic.name);
  const whole = { from: 0, to: Date.now() + 1_000 };
  const listener = { name: "idle", version: 1 };
  expect(await journal.replayRange(topic.name, listener, whole)).toMatchObject({ ok: true, replayed: 1 });
  await topic.listen("busy");
  expect(await topic.takeUntilMarker()).toEqual([]);

  await env.CATALOG.deleteBudget("pipeline", "idle");
  await journal.pipelinesChanged(topic.name);
  await topic.alarmAfter(LEASE_FIRST_MS + 1);
  const then = await topic.take(1);
  expect(then.map(({ pipeline, event: { id } }) => [pipeline, id])).toContainEqual(["idle", "1"]);
});
