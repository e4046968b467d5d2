import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleFunction } from "../../../client/bundle-function.mjs";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "umbel-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes files and bundles the first. */
async function bundle(files: Record<string, string>): Promise<string> {
  const [first = ""] = Object.keys(files);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { main, modules } = await bundleFunction(join(folder, first));
  expect(Object.keys(modules)).toEqual([main]);
  return modules[main] ?? "";
}

/** What a bundle exports, run here. */
async function load(text: string): Promise<Record<string, unknown>> {
  const url = `data:text/javascript,${encodeURIComponent(text)}`;
  return (await import(/* @vite-ignore */ url)) as Record<string, unknown>; // a module's exports
}

describe("a bundle", () => {
  it("is one module: TypeScript without its types, with all that it imports", async () => {
    const text = await bundle({
      "f.ts": `import { twice } from "./twice.ts"; import words from "./words.json";
        import type { Handle } from "umbel";
        export const handle: Handle<number, unknown> = (n) => [twice(n), words];`,
      "twice.ts": "export const twice = (n: number): number => 2 * n;",
      "words.json": '["a"]',
    });
    const { handle } = await load(text);

    expect((handle as (n: number) => unknown)(21)).toEqual([42, ["a"]]);
    expect(text).not.toMatch(/import /);
  });

  it("takes a package as Workers do: ES modules, and what it has for them", async () => {
    const text = await bundle({
      "f.ts": 'export { name as handle } from "thing";',
      "node_modules/thing/package.json": JSON.stringify({
        name: "thing",
        exports: { workerd: "./worker.js", node: "./node.js", default: "./default.js" },
      }),
      "node_modules/thing/worker.js": 'export const name = () => "worker";',
      "node_modules/thing/node.js": 'export const name = () => "node";',
      "node_modules/thing/default.js": 'export const name = () => "default";',
    });

    expect(text).toContain('"worker"');
    expect(text).not.toMatch(/"node"|"default"/);
  });

  it("leaves the platform's module to the platform", async () => {
    const text = await bundle({
      "f.ts": 'import { Reject } from "umbel"; export const decorate = () => { throw new Reject("no"); };',
    });

    expect(text).toMatch(/import \{ Reject \} from "umbel"/);
  });

  it("is the same text wherever the sources lie", async () => {
    const files = {
      "f.ts": 'export { a as handle } from "./lib/a.ts";',
      "lib/a.ts": "export const a = () => 1;",
    };
    const first = await bundle(files);
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "umbel-elsewhere-"));

    expect(await bundle(files)).toBe(first);
  });
});

describe("what can't be bundled is told with its place", () => {
  it.each([
    [
      "a syntax error",
      { "f.ts": "export const handle = () => {\n  return 1 +;\n};" },
      /f\.ts:2:13: Unexpected ";"/,
    ],
    [
      "a module that is not there",
      { "f.ts": '\nimport "./none.ts";' },
      /f\.ts:2:8: Could not resolve "\.\/none\.ts"/,
    ],
    [
      "a package that is not there",
      { "f.ts": 'import "no-such-package";' },
      /Could not resolve "no-such-package"/,
    ],
    [
      "an export that is not there",
      { "f.ts": 'import { b } from "./a.ts"; export const handle = b;', "a.ts": "export const a = 1;" },
      /No matching export in "a\.ts" for import "b"/,
    ],
    [
      "Node's modules",
      { "f.ts": 'import { readFileSync } from "node:fs"; export const handle = () => readFileSync("x");' },
      /f\.ts:1:30: "node:fs" is not there where functions run/,
    ],
    [
      "Node's modules by their old names",
      { "f.ts": 'import fs from "fs"; export const handle = () => fs;' },
      /"fs" is not there where functions run/,
    ],
    [
      "the runtime's modules",
      { "f.ts": 'import { env } from "cloudflare:workers"; export const handle = () => env;' },
      /"cloudflare:workers" is not there/,
    ],
  ])("%s", async (_, files: Record<string, string>, message) => {
    await expect(bundle(files)).rejects.toThrow(message);
  });

  it("a file that is not there", async () => {
    await expect(bundleFunction(join(folder, "none.ts"))).rejects.toThrow(/There is no file .*none\.ts/);
  });
});
