/**
 * Umbel as a user runs it: the start script in a process of its own, with `wrangler dev` behind it. For
 * journeys about starting, crashing and starting again; all others are faster with `platform.ts`.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { lookAtPort } from "../../tools/port.mjs";
import { processesInGroup } from "../../tools/processes.mjs";
import { projectRoot } from "../../tools/project.mjs";
import { readSession } from "../../tools/session.mjs";
import { httpClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { TEST_IDENTITY_KEYS } from "./identity-keys.ts";
import { stopsLater } from "./running.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 20_000;
const POLL_INTERVAL_MS = 50;

/** What a journey may set; the names are those of the environment variables that they become. */
export interface ProcessOptions {
  /** The folder for the data: give it again to start again with it. */
  state?: string;
  port?: number;
  key?: string;
  /** Whether the example data is loaded. */
  examples?: boolean;
  /** Further environment variables. */
  env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running start script. */
export interface PlatformProcess extends HttpClient {
  readonly port: number;
  readonly state: string;
  /** All that it has printed so far, errors included. */
  output(): string;
  /** `kill -9` of the process and of everything that it has started. */
  kill(): Promise<void>;
  /** What Ctrl-C does; answers when the start script has ended. */
  interrupt(): Promise<Exit>;
}

/**
 * Runs the start script and waits until `GET /v1/health` answers 200.
 *
 * @throws with what it has printed, when it ends before or does not answer in time.
 */
export async function startProcess(options: ProcessOptions = {}): Promise<PlatformProcess> {
  const { key = "test-key", examples = false, env = {} } = options;
  const port = options.port ?? (await freePort());
  const state = options.state ?? (await temporaryFolder());
  const child = spawn(process.execPath, ["tools/start.mjs"], {
    cwd: projectRoot,
    // A process group of its own: the only way to end, in one stroke, what it has started too.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PORT: String(port),
      UMBEL_ADMIN_KEY: key,
      UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS,
      UMBEL_STATE: state,
      UMBEL_EXAMPLES: examples ? "1" : "0",
      // As by `npm start`: then it ends with its parent too, should the tests be killed before they can end it.
      npm_lifecycle_event: "start",
      // What a process that is killed leaves in there goes with the test file too.
      TMPDIR: await temporaryFolder(),
      ...env,
    },
  });
  const exit = exitOf(child);
  const printed: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const kill = stopsLater(async () => {
    await killEverything(child, state);
    await exit;
  });

  const platform: PlatformProcess = {
    ...httpClient(`http://127.0.0.1:${port}`, key),
    port,
    state,
    output: () => printed.join(""),
    kill,
    async interrupt() {
      // The terminal's Ctrl-C reaches the start script's own group, and no other.
      if (child.pid !== undefined) {
        signalGroup(child.pid, "SIGINT");
      }
      return within(exit, STOP_DEADLINE_MS, () => `it did not end:\n${platform.output()}`);
    },
  };
  await answering(platform, exit);
  return platform;
}

async function answering(platform: PlatformProcess, exit: Promise<Exit>): Promise<void> {
  const ended = exit.then(({ code, signal }) => `it ended with ${signal ?? `code ${code}`}`);
  const giveUpAt = Date.now() + START_DEADLINE_MS;
  while (Date.now() < giveUpAt) {
    const response = await platform.fetch("/v1/health").catch(() => undefined);
    if (response?.status === 200) {
      return;
    }
    const problem = await Promise.race([ended, sleep(POLL_INTERVAL_MS)]);
    if (problem !== undefined) {
      throw new Error(`${problem}:\n${platform.output()}`);
    }
  }
  await platform.kill();
  throw new Error(`it did not answer in time:\n${platform.output()}`);
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode };
}

/** Kills in one stroke, so that nobody is left to clean up after those who are dead: as a power cut would. */
async function killEverything(child: ChildProcess, state: string): Promise<void> {
  // Wrangler and its runtimes are in the process group of their guard, whom the session in the state folder names.
  const guard = readSession(state)?.guard;
  const groups = [child.pid, guard?.pid].filter((pid) => pid !== undefined);
  for (const group of groups) {
    signalGroup(group, "SIGKILL");
  }
  while (groups.some((group) => processesInGroup(group).length > 0)) {
    await sleep(POLL_INTERVAL_MS);
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // ESRCH: nothing of the group is left, which is what the signal is for.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

/** Ports below those which systems give to outgoing connections and to whoever asks for any (32,768 and up on Linux, 49,152 elsewhere). */
const PORTS = { first: 12_000, count: 20_000 };

/** A port that was free a moment ago on the loopback interface, and which nobody gets by chance before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if ((await lookAtPort(port, "127.0.0.1")) === "free") return port;
  }
}

async function within<Value>(value: Promise<Value>, deadlineMs: number, why: () => string): Promise<Value> {
  const ended = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(why());
  });
  // The timer that is no longer needed ends as rejected; nobody waits for it then.
  late.catch(() => undefined);
  return Promise.race([value, late]).finally(() => ended.abort());
}
