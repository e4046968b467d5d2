import { expect, it } from "vitest";
import {
  COLLECTIONS_MAX,
  HEDGE_DELAY_MS_MIN,
  HEDGE_DELAY_MS_UNKNOWN,
  OPERATIONS_MAX,
  SCATTER_POLICY,
} from "../../../../core/scatter/limits.ts";
import { CollectionExperience, ScatterState } from "../../../../core/scatter/scatter-state.ts";

it("keeps a replica's experience between requests, and as many replicas as there are", () => {
  const experience = new CollectionExperience();
  const [first] = experience.replicasOf(3, 2);

  expect(experience.replicasOf(3, 3)[0]).toBe(first);
  expect(experience.replicasOf(3, 3)).toHaveLength(3);
  expect(experience.replicasOf(3, 1)).toHaveLength(1);
  expect(experience.replicasOf(4, 2)[0]).not.toBe(first);
});

it("hedges by what calls of the same kind take: nearly all of them, and not before it is worth it", () => {
  const experience = new CollectionExperience();
  expect(experience.hedgeDelayMs("search")).toBe(HEDGE_DELAY_MS_UNKNOWN);
  for (let call = 0; call < 100; call++) experience.latenciesOf("search").record(call < 90 ? 10 : 200);

  expect(experience.hedgeDelayMs("search")).toBeGreaterThan(180);
  expect(experience.hedgeDelayMs("search")).toBeLessThan(220);
  expect(experience.hedgeDelayMs("exportPage")).toBe(HEDGE_DELAY_MS_UNKNOWN);

  for (let call = 0; call < 100; call++) experience.latenciesOf("getDocument").record(1);
  expect(experience.hedgeDelayMs("getDocument")).toBe(HEDGE_DELAY_MS_MIN);
});

it("remembers how long a few functions take, and never forgets searches for them", () => {
  const experience = new CollectionExperience();
  const searches = experience.latenciesOf("search");
  const first = experience.latenciesOf("scatter f@0");
  for (let n = 1; n < OPERATIONS_MAX; n++) experience.latenciesOf(`scatter f@${n}`);

  expect(experience.latenciesOf("search")).toBe(searches);
  expect(experience.latenciesOf("scatter f@0")).not.toBe(first);
});

it("has no hedges and no retries to give where the policy gives none", () => {
  const { hedges, retries } = new CollectionExperience({ ...SCATTER_POLICY, hedgeShare: 0, retryShare: 0 });
  expect([hedges.take(), retries.take()]).toEqual([false, false]);
});

it("forgets the collection that was asked for longest ago, when there are too many", () => {
  const state = new ScatterState();
  const [kept, forgotten] = [state.of("kept"), state.of("forgotten")];
  for (let n = 0; n < COLLECTIONS_MAX - 1; n++) {
    state.of(`other-${n}`);
    expect(state.of("kept")).toBe(kept);
  }

  expect(state.of("forgotten")).not.toBe(forgotten);
});
