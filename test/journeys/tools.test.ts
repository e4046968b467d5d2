import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readDevVar } from "../../tools/dev-vars.mjs";
import { describeProcess, processesInGroup, signalAll } from "../../tools/processes.mjs";
import { projectRoot, rootWorker, siblingWorkers } from "../../tools/project.mjs";
import { readSession, writeSession } from "../../tools/session.mjs";
import { localEnvironment, wranglerScript } from "../../tools/wrangler-environment.mjs";
import { wranglerNode } from "../../tools/wrangler-node.mjs";
import { startCloudflareApi } from "../support/cloudflare-api.ts";
import { httpClient } from "../support/http-client.ts";
import { TEST_IDENTITY_KEYS } from "../support/identity-keys.ts";
import { freePort } from "../support/platform-process.ts";
import { stopsLater } from "../support/running.ts";
import { runTool } from "../support/run-tool.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const noAccount = {
  CLOUDFLARE_API_TOKEN: undefined,
  CLOUDFLARE_API_KEY: undefined,
  CLOUDFLARE_ACCOUNT_ID: undefined,
};

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("it could not be started");
  return child.pid;
}

/** A port on which somebody listens. */
async function takenPort(): Promise<number> {
  const port = await freePort();
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  stopsLater(async () => void server.close());
  return port;
}

/** Waits for what must become true; the test's own time limit ends it when it does not. */
async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await sleep(50);
  }
}

describe("npm start", () => {
  it("refuses a port that is taken, and says what to do", async () => {
    const port = await takenPort();
    const state = await temporaryFolder();

    const { code, output } = await runTool(["tools/start.mjs"], { PORT: String(port), UMBEL_STATE: state });

    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken by another program.`);
    expect(output).toContain("PORT=8787 npm start");
    expect(readSession(state)).toBeUndefined();
  });

  it("refuses a place where no data can be kept", async () => {
    const state = path.join(projectRoot, "package.json", "state");
    const port = String(await freePort());
    const { code, output } = await runTool(["tools/start.mjs"], { PORT: port, UMBEL_STATE: state });

    expect(code).toBe(1);
    expect(output).toContain(`Umbel can't keep its data in ${state}: ENOTDIR`);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("refuses data that another run uses, and names that one", async () => {
    const state = await temporaryFolder();
    const self = describeProcess(process.pid);
    if (self === undefined) throw new Error("this process runs");
    writeSession(state, { guard: self, owner: self, command: "npm start on port 1234" });

    const port = String(await freePort());
    const { code, output } = await runTool(["tools/start.mjs"], { PORT: port, UMBEL_STATE: state });

    expect(code).toBe(1);
    expect(output).toContain(`Umbel runs already with the data in ${state}`);
    expect(output).toContain(`npm start on port 1234, process ${process.pid}`);
  });

  it("ends what a killed run has left, and nothing else of that number", async () => {
    const state = await temporaryFolder();
    // In the place of a guard that was killed: a leader that ends, and leaves one that looks like the
    // guard behind, and one that has nothing to do with it.
    const script = `"$0" -e 'setInterval(() => {}, 1000)' '${projectRoot}/tools/guard.mjs' & sleep 600 & :`;
    const leader = spawn("sh", ["-c", script, process.execPath], { detached: true, stdio: "ignore" });
    const group = pidOf(leader);
    const programs = () => processesInGroup(group).map(({ args }) => path.basename(args[0] ?? ""));
    await once(leader, "exit");
    stopsLater(async () => signalAll(processesInGroup(group), "SIGKILL"));
    await eventually(() => programs().includes("node") && programs().includes("sleep"));
    const gone = { pid: group, started: "long ago" };
    writeSession(state, { guard: gone, owner: gone, command: "npm start" });

    const port = String(await takenPort());
    const { output } = await runTool(["tools/start.mjs"], { PORT: port, UMBEL_STATE: state });

    expect(output).toContain("Ended what an earlier run, which was killed, had left running.");
    expect(programs()).toEqual(["sleep"]);
  });
});

describe("a plain wrangler dev", () => {
  it("brings all Workers up, and they end with it, even by kill -9", { timeout: 120_000 }, async () => {
    const port = await freePort();
    const state = await temporaryFolder();
    const key = readDevVar("UMBEL_ADMIN_KEY") ?? "test-key";
    const wrangler = spawn(
      wranglerNode(),
      [
        wranglerScript,
        "dev",
        "--ip",
        "127.0.0.1",
        "--port",
        String(port),
        "--inspector-port",
        "0",
        "--persist-to",
        state,
      ],
      {
        cwd: projectRoot,
        detached: true,
        stdio: "ignore",
        env: localEnvironment({
          CLOUDFLARE_DEV_REGISTRY_PATH: path.join(state, "registry"),
          CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
          TMPDIR: await temporaryFolder(),
          UMBEL_ADMIN_KEY: key,
          UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS,
          UMBEL_SIBLINGS: "1",
        }),
      },
    );
    const group = pidOf(wrangler);
    const kill = stopsLater(async () => {
      process.kill(-group, "SIGKILL");
      await once(wrangler, "exit");
    });
    const umbel = httpClient(`http://127.0.0.1:${port}`, key);
    await eventually(() =>
      umbel.fetch("/v1/ready").then(
        ({ ok }) => ok,
        () => false,
      ),
    );

    await umbel.json("PUT", "/v1/collections/notes", { shards: 1, fields: {} });
    await umbel.json("PUT", "/v1/pipelines/notes", {
      topic: "notes",
      steps: [{ use: "defaults", with: { state: "new" } }],
      deliver: [{ collection: "notes" }],
    });
    await umbel.json("POST", "/v1/topics/notes/events", { id: "n-1" });
    await eventually(async () => (await umbel.fetch("/v1/collections/notes/documents/n-1")).ok);

    const siblings = readSession(state)?.guard.pid;
    if (siblings === undefined) throw new Error("there is no note of the siblings");
    expect(processesInGroup(siblings)).not.toEqual([]);
    await kill();
    await eventually(() => processesInGroup(siblings).length === 0);
  });
});

describe("npm run deploy", () => {
  it(
    "builds every Worker without an account or the network, each after those that it needs",
    { timeout: 120_000 },
    async () => {
      const { code, output } = await runTool(["tools/deploy.mjs", "--dry-run"], {
        ...noAccount,
        CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:9/", // where nobody listens
      });

      expect(code, output).toBe(0);
      const order = [...output.matchAll(/^\d+\. (\S+) → .* KiB with gzip$/gm)].map(([, name]) => name);
      const workers = [rootWorker, ...siblingWorkers()].map(({ name }) => name);
      expect(new Set(order)).toEqual(new Set(workers));
      for (const [before, after] of [
        ["umbel-catalog", "umbel-terms"],
        ["umbel-terms", "umbel-documents"],
        ["umbel-catalog", "umbel-journal"],
        ["umbel-documents", "umbel-pipelines"],
        ["umbel-journal", "umbel-pipelines"],
        ["umbel-documents", "umbel-identity"],
        ["umbel-journal", "umbel-identity"],
        ["umbel-identity", "umbel"],
        ["umbel-pipelines", "umbel"],
      ]) {
        expect(order.indexOf(before), `${before} before ${after}`).toBeLessThan(order.indexOf(after));
      }
      for (const name of workers) {
        expect(statSync(path.join(projectRoot, "dist/deploy", name, "index.js")).size).toBeGreaterThan(0);
      }
    },
  );

  it("creates the queue that is missing, and stops at the first Worker that is refused", async () => {
    const api = await startCloudflareApi();
    const { code, output } = await runTool(["tools/deploy.mjs"], {
      CLOUDFLARE_API_BASE_URL: api.url,
      CLOUDFLARE_API_TOKEN: "token",
      CLOUDFLARE_ACCOUNT_ID: "account",
    });

    expect(code).toBe(1);
    expect(api.queues).toEqual(["umbel-events"]);
    expect(api.uploads).toEqual(["umbel-catalog"]);
    expect(output).toContain("umbel-catalog could not be deployed. No Worker was.");
  });

  it("deploys nothing when the queues can't be looked up", async () => {
    const api = await startCloudflareApi({ forbidden: true });
    const { code, output } = await runTool(["tools/deploy.mjs"], {
      CLOUDFLARE_API_BASE_URL: api.url,
      CLOUDFLARE_API_TOKEN: "token",
      CLOUDFLARE_ACCOUNT_ID: "account",
    });

    expect(code).toBe(1);
    expect(api.uploads).toEqual([]);
    expect(output).toContain("The queue umbel-events could not be looked up; nothing was deployed.");
  });

  it("refuses arguments that it does not know", async () => {
    const { code, output } = await runTool(["tools/deploy.mjs", "--force"]);
    expect(code).toBe(1);
    expect(output).toContain("Unknown argument --force.");
  });
});
