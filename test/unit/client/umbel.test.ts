import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runTool, type ToolRun } from "../../support/run-tool.ts";

interface Asked {
  method: string;
  path: string;
  key: string;
  body: unknown;
}

let server: Server;
let url = "";
let folder = "";
let asked: Asked[] = [];
let answer: { status: number; body: unknown } = { status: 200, body: {} };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "umbel-"));
  writeFileSync(join(folder, "double.ts"), "export const handle = (n: number): number => 2 * n;");
  writeFileSync(join(folder, "double.examples.json"), '[{"input": 2, "expect": 4}]');
  writeFileSync(join(folder, "broken.ts"), "export const handle = ;");
  server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      asked.push({
        method: request.method ?? "",
        path: request.url ?? "",
        key: request.headers.authorization ?? "",
        body: JSON.parse(text),
      });
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
});

const umbel = (...args: string[]): Promise<ToolRun> =>
  runTool(["client/umbel.mjs", ...args], { UMBEL_URL: url, UMBEL_KEY: "the-key" });

describe("umbel functions deploy", () => {
  it("bundles, uploads with the examples beside the file, and prints version and fitness", async () => {
    answer = {
      status: 201,
      body: {
        name: "double",
        version: "0123456789abcdef",
        kinds: ["handle"],
        codeBytes: 2048,
        fitness: { verdict: "heavy", reasons: ["took 900 ms"], stepsMax: 12_345, callMs: 900 },
      },
    };
    const { code, output } = await umbel("functions", "deploy", join(folder, "double.ts"));

    expect(output).toBe(
      [
        "double@0123456789abcdef (new)",
        "  exports   handle",
        "  code      2.0 KB",
        "  examples  1 passed",
        "  fitness   heavy, 12,345 steps, 900.0 ms",
        "            took 900 ms",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
    expect(asked).toEqual([
      {
        method: "PUT",
        path: "/v1/functions/double",
        key: "Bearer the-key",
        body: {
          main: "index.js",
          modules: { "index.js": expect.stringContaining("2 * n") },
          examples: [{ input: 2, expect: 4 }],
        },
      },
    ]);
  });

  it("says what the platform said, with the places, and fails", async () => {
    answer = {
      status: 422,
      body: {
        title: "Its own examples fail",
        code: "failed-examples",
        detail: "…",
        errors: [{ path: "examples[0]", message: "is 5, and not 4" }],
      },
    };
    const { code, output } = await umbel("functions", "deploy", join(folder, "double.ts"), "--name", "other");

    expect(output).toBe("Its own examples fail (422 failed-examples)\n  examples[0]: is 5, and not 4\n");
    expect(code).toBe(1);
    expect(asked[0]?.path).toBe("/v1/functions/other");
  });

  it("says of a key that no header can hold, such as a placeholder that was pasted, that it is none", async () => {
    const file = join(folder, "double.ts");
    const { code, output } = await umbel("functions", "deploy", file, "--key", "…");

    expect(output).toBe(
      "The key has characters that no key has: put in the one that npm start has printed.\n",
    );
    expect(code).toBe(2);
    expect(asked).toEqual([]);
  });

  it("uploads nothing that can't be bundled", async () => {
    const { code, output } = await umbel("functions", "deploy", join(folder, "broken.ts"));

    expect(output).toMatch(/^broken\.ts:1:23: Unexpected ";"\n  export const handle = ;\n {24}\^\n$/);
    expect(code).toBe(1);
    expect(asked).toEqual([]);
  });

  it("says when nothing answers", async () => {
    const { code, output } = await umbel(
      "functions",
      "deploy",
      join(folder, "double.ts"),
      "--url",
      "http://127.0.0.1:1",
    );

    expect(output).toMatch(/^http:\/\/127\.0\.0\.1:1 does not answer/);
    expect(code).toBe(1);
  });
});

describe("umbel functions invoke", () => {
  it("prints the result as JSON", async () => {
    answer = { status: 200, body: { result: { n: 42 }, tookMs: 1 } };
    const { code, output } = await umbel(
      "functions",
      "invoke",
      "double@0123456789abcdef",
      "--input",
      '{"n": 21}',
    );

    expect(output).toBe('{\n  "n": 42\n}\n');
    expect(code).toBe(0);
    expect(asked).toMatchObject([
      {
        method: "POST",
        path: "/v1/functions/double/invoke",
        body: { input: { n: 21 }, version: "0123456789abcdef" },
      },
    ]);
  });
});

it("a command that is not understood is told how it goes, with an exit code of its own", async () => {
  for (const args of [
    [],
    ["nothing"],
    ["functions"],
    ["functions", "deploy"],
    ["functions", "deploy", "a.ts", "--none"],
    ["functions", "invoke", "f", "g"],
  ]) {
    const { code, output } = await umbel(...args);

    expect(code, args.join(" ")).toBe(2);
    expect(output).toMatch(/umbel functions deploy <file\.ts>/);
  }
  expect(await umbel("--help")).toMatchObject({ code: 0 });
});
