/** All tests: units in Node, each Worker inside workerd, and journeys over real HTTP against all of them. */
import { defineConfig } from "vitest/config";
import { TEST_IDENTITY_KEYS } from "./test/support/identity-keys.ts";
import { workerProject } from "./test/support/worker-project.ts";

export default defineConfig({
  test: {
    // No test measures time; these end one that hangs, on the slowest machine. Polls wait nearly a minute, so that a test may wait for two.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 50_000 } },
    // Vitest leaves a core to others, which on a machine of two is half of it.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          // These keep nothing between files: to load all modules anew for each would take a third of the time.
          isolate: false,
          pool: "threads",
        },
      },
      workerProject({ worker: "catalog", siblings: [] }),
      workerProject({ worker: "documents", siblings: ["catalog", "terms"] }),
      workerProject({ worker: "terms", siblings: ["catalog"] }),
      workerProject({
        worker: "journal",
        siblings: ["catalog"],
        double: {
          name: "queue-recorder",
          main: "test/workers/journal/queue-recorder.ts",
          binding: "RECORDER",
          entrypoint: "QueueRecorder",
          queues: ["umbel-events"],
        },
      }),
      workerProject({
        worker: "pipelines",
        siblings: ["catalog", "terms", "documents", "identity", "journal"],
      }),
      workerProject({
        worker: "identity",
        siblings: ["catalog", "terms", "documents", "journal"],
        vars: { UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS },
      }),
      workerProject({
        worker: "root",
        siblings: ["catalog", "terms", "documents", "identity", "journal", "pipelines"],
        vars: { UMBEL_ADMIN_KEY: "test-key" },
      }),
      {
        extends: true,
        test: {
          name: "journeys",
          include: ["test/journeys/**/*.test.ts"],
          globalSetup: ["test/support/build-assets.ts"],
          setupFiles: ["test/journeys/stop-after-each-file.ts"],
        },
      },
    ],
  },
});
