import { describe, expect, it } from "vitest";
import { instrument } from "../../../../core/functions/instrument.ts";

/** What a module's instrumented code exports, and how many steps it took. */
async function run(
  code: string,
  stepsMax = 1e6,
): Promise<{ exports: Record<string, unknown>; steps: () => number }> {
  const fuel = {
    n: stepsMax,
    x: () => {
      fuel.n = 0;
      throw new Error("no steps left");
    },
    s: (value: unknown) => value,
  };
  const key = `fuel${Math.random()}`;
  Reflect.set(globalThis, key, fuel);
  const own = instrument("index.js", code).replace(
    /^import\{\$umbel[^}]*\}from"[^"]*";/,
    `const $umbelImported=globalThis["${key}"];`,
  );
  // What a module exports is unknown until it is looked at.
  const exports = (await import(`data:text/javascript,${encodeURIComponent(own)}`)) as Record<
    string,
    unknown
  >;
  return { exports, steps: () => stepsMax - fuel.n };
}

async function valueOf(code: string): Promise<unknown> {
  const { exports } = await run(code);
  return exports["value"];
}

const ENDLESS: [string, string][] = [
  ["for", "for (;;);"],
  ["while", "while (true) {}"],
  ["do", "do x++; while (true)"],
  ["an endless list", "for (const each of (function* () { while (true) yield 1; })()) x += each;"],
  ["a loop that catches", "for (;;) try { for (;;); } catch {}"],
  ["loops that go on in finally", "while (true) { try { while (true) x++; } finally { continue; } }"],
  ["labels", "outer: for (;;) { for (;;) continue outer; }"],
  ["calls that catch", "const f = () => { try { f(); } catch {} f(); }; f();"],
  ["arrows that double", "const f = (n) => n === 0 ? 0 : f(n - 1) + f(n - 1); f(60);"],
  [
    "getters",
    "const o = { get a() { return this.b + this.b; }, get b() { return this.a; } }; for (;;) try { o.a } catch {}",
  ],
  ["methods", "class A { static m(n) { return n > 0 && (A.m(n - 1) || A.m(n - 1)); } } A.m(60);"],
];

describe("instrumented code", () => {
  it.each(ENDLESS)("ends: %s", async (_, loop) => {
    const { exports } = await run(`export function value() { let x = 0; ${loop} }`, 1e4);
    expect(exports["value"]).toThrow(/no steps left|call stack/);
  });

  it("ends an async loop whose errors are caught", async () => {
    const { exports } = await run(
      "export async function value() { for (;;) { try { await null; for (;;); } catch {} } }",
    );
    const { value } = exports as { value: () => Promise<void> }; // as it is written above
    await expect(value()).rejects.toThrow("no steps left");
  });

  it.each([
    ["x => ({ a: x })", "export const value = ((x) => ({ a: x }))(1);", { a: 1 }],
    ["an arrow that returns an arrow", "export const value = ((x) => (y) => x + y)(1)(2);", 3],
    ["an arrow with a sequence", "export const value = ((x) => (x, 2))(1);", 2],
    ["an arrow whose parenthesis is called", "export const value = ((x) => (x)(2))((y) => y * 2);", 4],
    ["a body without braces", "let n = 0; for (let i = 0; i < 3; i++) n += i\nexport const value = n", 3],
    [
      "nested bodies without braces",
      "let n = 0; for (let i = 0; i < 3; i++) while (n < i) n++; export const value = n;",
      2,
    ],
    ["do without braces", "let n = 0; do n++; while (n < 5)\nexport const value = n;", 5],
    [
      "an if in a loop without braces",
      "let n = 0; for (const a of [1, 2]) if (a > 1) n = a; else n--; export const value = n;",
      2,
    ],
    [
      "what is spread",
      "export const value = [...[1, 2], ...new Set([3]), Math.max(...[4, 5])];",
      [1, 2, 3, 5],
    ],
    [
      "what is spread into an object",
      "export const value = { ...new Map([[1, 2]]), ...null, ...{ a: 1 } };",
      { a: 1 },
    ],
    [
      "a class that extends",
      "class A { constructor(a) { this.a = a; } } class B extends A { b = 1; constructor() { super(2); } } export const value = { ...new B() };",
      { a: 2, b: 1 },
    ],
    ["a generator", "function* g() { yield 1; yield* [2]; } export const value = [...g()];", [1, 2]],
    ["a default that is a function", "export const value = ((f = () => 3) => f())();", 3],
    [
      "a loop over what an arrow has in it",
      'let n = 0; for (const f = (k) => (k in { a: 1 }); n < 1; n++) f("a"); export const value = n;',
      1,
    ],
    ["awaited at the top", "export const value = await (async () => 7)();", 7],
  ])("does what it did: %s", async (_, code, expected) => {
    expect(await valueOf(code)).toEqual(expected);
  });

  it("has each line where it was", async () => {
    const code =
      "// one\nfor (const a of [1]) a;\nexport function value() {\n  throw new Error('here');\n}\n";
    const made = instrument("index.js", code);
    expect(made.split("\n")).toHaveLength(code.split("\n").length);
    expect(made.split("\n")[3]).toContain("throw new Error('here')");
  });

  it("counts a turn that makes much anew for more", async () => {
    const cheap = await run("for (let i = 0; i < 100; i++);");
    const dear = await run("for (let i = 0; i < 100; i++) [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];");
    expect([cheap.steps(), dear.steps()]).toEqual([100, 400]);
  });

  it("imports what it imported, wherever that lies", () => {
    const made = instrument(
      "lib/a.js",
      `import a from "../b.js"; export * from './c.js'; import { Reject } from "umbel"; await import("./d.js");`,
    );
    expect(made).toContain(
      `import a from "/user/b.js"; export * from "/user/lib/c.js"; import { Reject } from "/umbel/umbel.js"; await import("/user/lib/d.js")`,
    );
  });

  it("leaves code that can't be parsed to the runtime", () => {
    expect(instrument("index.js", "export {")).toBe("export {");
  });
});
