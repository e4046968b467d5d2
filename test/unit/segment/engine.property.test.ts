import fc from "fast-check";
import { describe, it } from "vitest";
import { anyFault, anyQuery, anyStep, World } from "./world.ts";

describe("an engine that is written, flushed, merged and reopened in any order", () => {
  it("holds the documents, and answers every query as the reference does, scores to the last bit", () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 40 }),
        fc.array(anyQuery, { minLength: 1, maxLength: 6 }),
        (steps, queries) => {
          const world = new World();
          for (const next of steps) world.run(next);
          world.checkDocuments();
          for (const next of queries) world.check(next);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("holds what was answered and nothing else, whatever fails in between, with or without a restart", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFault, { maxLength: 40 }),
        fc.array(anyQuery, { minLength: 1, maxLength: 3 }),
        async (faults, queries) => {
          const world = new World();
          for (const next of faults) {
            world.runWithFault(next);
            world.checkDocuments();
            // The turn ends: what the cache has evicted is no more.
            await Promise.resolve();
          }
          for (const next of queries) {
            world.check(next);
            await Promise.resolve();
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
