/** Runs one of the project's commands to its end, as npm does. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { projectRoot } from "../../tools/project.mjs";

/** How a command ended, and all that it printed. */
export interface ToolRun {
  code: number;
  output: string;
}

/**
 * @param args the script's path in the project, and its arguments
 * @param env further environment variables; one that is undefined is taken away
 */
export async function runTool(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ToolRun> {
  const tool = spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const printed: string[] = [];
  tool.stdout.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  tool.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  await once(tool, "close");
  return { code: tool.exitCode ?? -1, output: printed.join("") };
}
