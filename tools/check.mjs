// `npm run check`: what can be said about the code without running it. Part of `npm test`.

import { runChecks } from "./checks.mjs";
import { Failure, runCommand } from "./failure.mjs";
import { setUp } from "./setup.mjs";

await runCommand(async () => {
  await setUp();
  const failed = await runChecks();
  if (failed.length > 0) {
    throw new Failure(`Failed: ${failed.join(", ")}.`);
  }
});
