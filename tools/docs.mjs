// `npm run docs`: docs/decorators.md, from what the built-in decorators say of themselves. With `--check` it only says
// whether the file is what it should be.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure, runCommand } from "./failure.mjs";
import { projectRoot } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { continueOnWranglerNode } from "./wrangler-node.mjs";

await runCommand(async () => {
  await setUp();
  // It takes TypeScript as it is.
  continueOnWranglerNode();
  // Only now: they need packages, which a fresh clone has not got before the set-up.
  const { decoratorDocs } = await import("./decorator-docs.mjs");
  const { BUILT_IN } = await import("../decorators/built-in/index.ts");
  const file = path.join(projectRoot, "docs/decorators.md");
  const content = decoratorDocs(BUILT_IN);
  if (!process.argv.includes("--check")) writeFileSync(file, content);
  else if (readFileSync(file, "utf8") !== content) {
    throw new Failure("docs/decorators.md is not what the decorators say. Run `npm run docs`.");
  }
});
