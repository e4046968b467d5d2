// `npm run bench:<name>`: runs bench/<name>/run.ts with the newer Node, which takes TypeScript as it is.

import { spawnSync } from "node:child_process";
import { runCommand } from "./failure.mjs";
import { projectRoot } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { wranglerEnvironment } from "./wrangler-environment.mjs";
import { wranglerNode } from "./wrangler-node.mjs";

await runCommand(async () => {
  const [, , name = "", ...args] = process.argv;
  await setUp();
  const { status } = spawnSync(wranglerNode(), [`bench/${name}/run.ts`, ...args], {
    cwd: projectRoot,
    env: wranglerEnvironment(),
    stdio: "inherit",
  });
  // What a bench has written is checked like everything else.
  spawnSync("oxfmt", ["--write", "bench/results"], { cwd: projectRoot, env: wranglerEnvironment() });
  process.exitCode = status ?? 1;
});
