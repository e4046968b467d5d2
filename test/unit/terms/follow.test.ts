import { describe, expect, it } from "vitest";
import { World } from "./follow-world.ts";

const QUERIES = ["alien", "alien ship", '"alien ship"', "al* -moon", "+star war love", '"love night" +s*'];

describe("term leaves that follow through losses, delays, repetitions and deaths", () => {
  it("are at every moment what the shards were at some sequence, and in the end what they are", async () => {
    const seen = { copies: 0, deaths: 0, lost: 0, late: 0, doubled: 0 };
    for (let seed = 1; seed <= 4; seed++) {
      const world = new World(seed);
      for (let step = 0; step < 40; step++) await world.step();
      await world.settle();
      expect(world.faults).toEqual([]);
      for (const q of QUERIES) {
        for (const operator of ["or", "and"]) {
          const request = { q, operator, limit: 50 };
          const { partial } = await world.reference.search(world.reference.plan(request));
          const found = await world.terms.search(world.terms.question(world.terms.plan(request)));
          expect(found.hits.map(({ id, score }) => [id, score])).toEqual(
            partial.hits.map(({ id, score }) => [id, score]),
          );
          expect(found.total).toBe(partial.total);
        }
      }
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += world.seen[key];
    }
    // Each of these has happened, and often.
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5);
  });
});
