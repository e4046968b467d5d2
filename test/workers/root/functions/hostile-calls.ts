/** Modules that are taken, and then called. */
import { handle, type HostileModule } from "./hostile-module.ts";

const failed = (says: string | RegExp, line?: number) => ({
  code: "function-failed",
  says,
  ...(line !== undefined && { line }),
});
const wrong = (says: string) => ({ code: "function-wrong-result", says });

/** Whichever limit is met first, which depends on the machine. */
const bounded = { code: ["function-too-many-steps", "function-call-timeout"] };

export const HOSTILE_CALLS: readonly HostileModule[] = [
  {
    does: "fetches",
    modules: handle("return (await fetch('https://example.com')).status;"),
    fails: failed("a function has no network", 2),
  },
  {
    does: "opens a socket",
    modules: handle("new WebSocket('wss://example.com');"),
    fails: failed("a function has no network", 2),
  },
  {
    does: "evaluates text",
    modules: handle("return eval('1 + 1');"),
    fails: failed("Code generation from strings disallowed", 2),
  },
  {
    does: "makes functions of text",
    modules: handle("return (async () => {}).constructor('return 1')();"),
    fails: failed("Code generation from strings disallowed", 2),
  },
  { does: "gives a timer text", modules: handle("setTimeout('1 + 1');"), fails: failed("", 2) },
  {
    does: "looks for bindings and the runtime",
    modules: handle(
      "return ['env', 'process', 'Buffer', 'caches', 'Cloudflare', 'WebAssembly', 'Atomics', 'SharedArrayBuffer', 'navigator', '$umbel'].filter((name) => name in globalThis);",
    ),
    result: [],
  },
  {
    does: "looks for what calls it",
    modules:
      "export function handle() { return [typeof this, Object.keys(import.meta).length, new Error().stack.includes('env')]; }",
    result: ["undefined", 0, false],
  },
  {
    does: "walks its caller's frames",
    modules: handle(
      "Error.prepareStackTrace = (_, frames) => frames.map((frame) => typeof frame.getThis() + typeof frame.getFunction());\nreturn [...new Set(new Error().stack)];",
    ),
    result: ["undefinedundefined"],
  },
  { does: "throws text", modules: handle("throw 'no';"), fails: failed("no") },
  { does: "throws nothing", modules: handle("throw undefined;"), fails: failed("undefined") },
  {
    does: "throws what throws when it is read",
    modules: handle("throw { get message() { throw 1; } };"),
    fails: failed("without a message"),
  },
  {
    does: "throws a novel",
    modules: handle("throw new Error('x'.repeat(1e6));"),
    fails: failed(/^x{1000}$/, 2),
  },
  {
    does: "throws two modules down",
    modules: {
      "index.js": 'import { deep } from "./lib/deep.js";\nexport const handle = () => deep();',
      "lib/deep.js": "\n\nexport function deep() {\n  null.x;\n}",
    },
    fails: { code: "function-failed", says: "Cannot read properties of null", line: 4 },
  },
  {
    does: "returns a function",
    modules: handle("return { a: [() => 1] };"),
    fails: wrong("what it returned.a[0] is a function"),
  },
  { does: "returns a symbol", modules: handle("return Symbol('a');"), fails: wrong("is a symbol") },
  {
    does: "returns what holds itself",
    modules: handle("const a = {}; a.b = [a]; return a;"),
    fails: wrong("what it returned.b[0] holds itself"),
  },
  {
    does: "returns a BigInt",
    modules: handle("return { n: 1n };"),
    fails: wrong("what it returned.n is a BigInt"),
  },
  {
    does: "returns no number",
    modules: handle("return [0 / 0];"),
    fails: wrong("what it returned[0] is NaN"),
  },
  { does: "returns a Map", modules: handle("return new Map([[1, 2]]);"), fails: wrong("is a Map") },
  {
    does: "returns a hundred thousand levels",
    modules: handle("let a = []; for (let n = 0; n < 1e5; n++) a = [a]; return a;"),
    fails: wrong("nested more than 128 deep"),
  },
  {
    does: "returns megabytes",
    modules: handle("return 'x'.repeat(5e6);"),
    fails: { code: "function-output-too-large", says: "4194304" },
  },
  {
    does: "returns a list that claims to be endless",
    modules: handle(
      "return new Proxy([], { get: (_, name) => name === 'length' ? 2 ** 40 : 1, has: () => true });",
    ),
    fails: { code: ["function-output-too-large", "function-call-timeout"] },
  },
  {
    does: "returns a getter that loops",
    modules: handle("return { get a() { for (;;); } };"),
    fails: bounded,
  },
  {
    does: "returns a thenable that never answers",
    modules: handle("return { then() {} };"),
    fails: { code: "function-call-timeout" },
  },
  {
    does: "never answers",
    modules: handle("return new Promise(() => {});"),
    fails: { code: "function-call-timeout", says: "1000 ms" },
  },
  {
    does: "loops for ever",
    modules: handle("for (;;);"),
    fails: bounded,
  },
  {
    does: "loops for ever and catches",
    modules: handle("for (;;) { try { for (;;); } catch {} finally { continue; } }"),
    fails: bounded,
  },
  {
    does: "calls itself for ever",
    modules: handle("const f = () => { try { f(); } finally { f(); } }; f();"),
    fails: bounded,
  },
  {
    does: "loops for ever in turns of its own",
    modules: handle("for (;;) { try { await null; } catch {} }"),
    fails: bounded,
  },
  {
    does: "sets timers for ever",
    modules: handle(
      "const again = () => { setTimeout(again); }; again(); setInterval(again); await new Promise(() => {});",
    ),
    fails: { code: "function-call-timeout" },
  },
  {
    does: "goes on after its answer",
    modules: handle("(async () => { for (;;) { try { await null; } catch {} } })(); return 1;"),
    result: 1,
  },
  {
    does: "leaves a rejection to nobody",
    modules: handle(
      "Promise.reject(new Error('nobody')); setTimeout(() => { throw new Error('later'); }); return 1;",
    ),
    result: 1,
  },
  {
    does: "fills a billion places",
    modules: handle("return new Array(1e9).fill(1).length;"),
    fails: bounded,
  },
  {
    does: "spreads a billion keys",
    modules: handle("return [...new Array(1e9).keys()].length;"),
    fails: bounded,
  },
  {
    does: "hoards lists",
    modules: handle("const all = []; for (;;) all.push(new Array(1000).fill({}));"),
    fails: bounded,
  },
  {
    does: "hoards memory",
    modules: handle("const all = []; for (;;) all.push(new Uint8Array(1e7));"),
    fails: bounded,
  },
  {
    does: "repeats text for ever",
    modules: handle("let a = ''; for (;;) a = 'x'.repeat(5e8).padEnd(5.1e8, 'y');"),
    fails: bounded,
  },
  {
    does: "waits for another thread",
    modules: handle("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
    fails: failed("Atomics is not defined", 2),
  },
  {
    does: "compiles WebAssembly",
    modules: handle("return WebAssembly.compile(new Uint8Array(8));"),
    fails: failed("WebAssembly is not defined", 2),
  },
  {
    does: "writes a million lines",
    modules: handle("for (let n = 0; n < 1e5; n++) console.log('noise'); return 1;"),
    result: 1,
  },
  {
    does: "changes how JSON is written and read",
    modules: `JSON.stringify = () => '"mine"'; JSON.parse = () => [["mine"]];\n${handle("return input;")}`,
    input: 1,
    result: 1,
  },
  {
    does: "changes what objects are written as",
    modules: `Object.prototype.toJSON = () => "mine";\n${handle("return { a: 1 };")}`,
    result: "mine",
  },
  {
    does: "changes how promises go on",
    modules: handle("Promise.prototype.then = () => {}; return 1;"),
    result: 1,
  },
  {
    does: "changes lists",
    modules: `Array.prototype.push = Array.prototype[Symbol.iterator] = Array.isArray = () => { throw new Error("mine"); };\n${handle("return [1];")}`,
    result: [1],
  },
  {
    does: "changes every object",
    modules: `for (const name of ["thrown", "error", "then", "json", "over"]) Object.defineProperty(Object.prototype, name, { get() { return undefined; }, set() {} });\n${handle("return 1;")}`,
    result: 1,
  },
  {
    does: "changes the clock",
    modules: `Date.now = () => 0; globalThis.setTimeout = () => 0;\n${handle("for (;;) await null;")}`,
    fails: bounded,
  },
  {
    does: "goes back in time to its own end",
    modules: `globalThis.clearTimeout = () => { throw new Error("mine"); };\n${handle("await new Promise((resolve) => setTimeout(resolve, 1)); return 2;")}`,
    result: 2,
  },
  {
    does: "says that it is an event of the platform's",
    modules: "export const decorate = () => 7;\nexport const handle = () => ({ ok: true, items: [] });",
    result: { ok: true, items: [] },
  },
];
