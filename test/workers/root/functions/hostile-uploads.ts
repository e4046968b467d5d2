/** Modules that are not even taken. */
import { handle, type HostileModule } from "./hostile-module.ts";

const invalid = (says: string) => ({ code: "invalid-function", says });

export const HOSTILE_UPLOADS: readonly HostileModule[] = [
  {
    does: "does not parse",
    modules: "export function handle( {",
    refused: invalid("index.js:1: Unexpected token"),
  },
  {
    does: "does not parse, further down",
    modules: "const a = 1;\n\nconst a = 2;",
    refused: invalid("index.js:3: Identifier 'a' has already been declared"),
  },
  {
    does: "is not a module's JavaScript",
    modules: "with (Math) { random(); }",
    refused: invalid("'with' in strict mode"),
  },
  {
    does: "is nested a hundred thousand times",
    modules: `export const a = ${"(".repeat(100_000)}1${")".repeat(100_000)};`,
    refused: invalid("nested too deeply"),
  },
  {
    does: "imports what is not there",
    modules: 'import "./lib.js";',
    refused: invalid('index.js:1: imports "./lib.js", which is not there'),
  },
  {
    does: "imports what a module does not export",
    modules: {
      "index.js": 'import { b } from "./a.js";\nexport const handle = () => b;',
      "a.js": "export const a = 1;",
    },
    refused: invalid("does not provide an export named 'b'"),
  },
  {
    does: "imports a package",
    modules: 'import lodash from "lodash";',
    refused: invalid('imports "lodash", which is not there'),
  },
  {
    does: "imports by URL",
    modules: 'import "https://example.com/x.js";',
    refused: invalid("which is not there"),
  },
  {
    does: "imports Node's file system",
    modules: 'import "node:fs";',
    refused: invalid("nothing of the runtime's modules"),
  },
  {
    does: "imports the runtime's environment",
    modules: 'import { env } from "cloudflare:workers";',
    refused: invalid("nothing of the runtime's modules"),
  },
  {
    does: "imports sockets when it is called",
    modules: handle('return import("cloudflare:sockets");'),
    refused: invalid("index.js:2: imports"),
  },
  {
    does: "imports what it makes up",
    modules: handle('return import("cloudflare:" + "sockets");'),
    refused: invalid("import() takes a plain text"),
  },
  {
    does: "imports the harness",
    modules: 'export * from "../umbel/harness.js";',
    refused: invalid("which is not there"),
  },
  {
    does: "imports the counter of its steps",
    modules: 'import { $umbel } from "/umbel/fuel.js";',
    refused: invalid("which is not there"),
  },
  {
    does: "names the counter of its steps",
    modules: handle("$umbel.n = Infinity;"),
    refused: invalid("index.js:2: names that begin with $umbel belong to the platform"),
  },
  {
    does: "names the counter of its steps by the name that it is imported by",
    modules: handle("$umbelImported.n = Infinity;"),
    refused: invalid("names that begin with $umbel belong to the platform"),
  },
  {
    does: "imports JSON",
    modules: { "index.js": 'import a from "./a.js" with { type: "json" };', "a.js": "{}" },
    refused: invalid("imports have no attributes"),
  },
  {
    does: "lies outside of its folder",
    modules: { "index.js": handle(""), "../umbel/harness.js": "" },
    refused: invalid("must be a path"),
  },
  {
    does: "names a main that is missing",
    modules: handle(""),
    main: "main.js",
    refused: invalid('there is no module "main.js"'),
  },
  {
    does: "throws at load",
    modules: "\n\nthrow new TypeError('not today');",
    refused: invalid("index.js:3: TypeError: not today"),
  },
  {
    does: "rejects at load",
    modules: "await Promise.reject(new Error('later'));",
    refused: invalid("later"),
  },
  {
    does: "never loads",
    modules: "await new Promise(() => {}); export const handle = () => 1;",
    refused: invalid("Top-level await in module is unsettled"),
  },
  {
    does: "loops for ever at load",
    modules: "for (;;); export const handle = () => 1;",
    refused: { code: ["function-too-many-steps", "function-call-timeout"], says: "A call has" },
  },
  {
    does: "changes how promises go on, at load",
    modules: `Promise.prototype.then = () => {};\n${handle("return 1;")}`,
    refused: { code: "function-call-timeout", says: "1000 ms" },
  },
  {
    does: "fetches at load",
    modules: "await fetch('https://example.com');",
    refused: invalid("a function has no network"),
  },
  { does: "exports nothing", modules: "const handle = () => 1;", refused: invalid("exports none of") },
  {
    does: "exports a number",
    modules: "export const handle = 1;",
    refused: invalid("exports `handle`, which is no function (number)"),
  },
  {
    does: "maps and does not reduce",
    modules: "export const map = () => 1;",
    refused: invalid("`map` without `reduce`"),
  },
  {
    does: "is too large",
    modules: `export const handle = () => 1; // ${"x".repeat(1024 * 1024)}`,
    refused: { code: "function-code-too-large", says: "524288 bytes" },
  },
  {
    does: "has too many modules",
    modules: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`m${n}.js`, ""])),
    refused: { code: "function-too-many-modules", says: "64" },
  },
  {
    does: "does other than its example",
    modules: handle("return input + 1;"),
    examples: [{ input: 1, expect: 3 }],
    refused: { code: "failed-examples", says: "examples[0].expect: expected 3, got 2" },
  },
  {
    does: "reduces in its own order",
    modules:
      "export const map = (documents) => documents.map(({ n }) => n);\nexport const reduce = (partials) => partials.flat();",
    examples: [{ documents: [{ n: 1 }, { n: 2 }, { n: 3 }], expect: [1, 2, 3] }],
    refused: { code: "failed-examples", says: "another result when the parts come in another order" },
  },
  {
    does: "can't reduce what it has reduced",
    modules:
      "export const map = (documents) => documents.length;\nexport const reduce = (partials) => ({ count: partials.reduce((a, b) => a + b, 0) });",
    examples: [{ documents: [{}, {}], expect: { count: 2 } }],
    refused: { code: "failed-examples", says: "another result when what is reduced is reduced again" },
  },
];
