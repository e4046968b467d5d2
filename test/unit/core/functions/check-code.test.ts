import { describe, expect, it } from "vitest";
import type { FunctionSpec } from "../../../../core/contracts/functions.ts";
import { checkCode } from "../../../../core/functions/check-code.ts";

const check = (modules: FunctionSpec["modules"], others: Partial<FunctionSpec> = {}) =>
  checkCode({ modules, main: "index.js", ...others });

describe("a function's code", () => {
  it("is taken with modules that import each other", () => {
    const modules = {
      "index.js":
        'import { a } from "./lib/a.mjs"; export * from "./lib/b.js"; import { Reject } from "umbel"; a(Reject);',
      "lib/a.mjs": 'export { a } from "../c.js"; export const later = () => import("./b.js");',
      "lib/b.js": "export const b = 1;",
      "c.js": "export const a = () => {};",
    };
    expect(check(modules)).toMatchObject({ ok: true, warnings: [] });
  });

  it("is refused with every fault, each by module and line, in their order", () => {
    const answer = check({
      "index.js": '\nimport "./gone.js";\nimport "fs";\nconst $umbel = 1;',
      "b.js": "let a;\nlet a;",
    });
    if (answer.ok) throw new Error("expected faults");
    expect(answer.errors?.map(({ path }) => path)).toEqual([
      "modules.index.js:2",
      "modules.index.js:3",
      "modules.index.js:4",
      "modules.b.js:2",
    ]);
    expect(answer.message).toContain("b.js:2: Identifier 'a' has already been declared");
  });

  it.each([
    "../a.js",
    "/a.js",
    "a.ts",
    "a/../b.js",
    "a//b.js",
    ".hidden.js",
    "__proto__",
    "ä.js",
    `${"a".repeat(126)}.js`,
  ])("has no module at %s", (path) => {
    expect(check({ "index.js": "", [path]: "" })).toMatchObject({ ok: false, code: "invalid-function" });
  });

  it.each([
    "./a.js?x",
    "./A.js",
    "./a",
    "a.js",
    "./lib/../../a.js",
    "umbel/fuel.js",
    "/user/a.js",
    "file:///a.js",
  ])("does not import %s", (specifier) => {
    const modules = { "index.js": `import ${JSON.stringify(specifier)};`, "a.js": "" };
    expect(check(modules)).toMatchObject({ ok: false, code: "invalid-function" });
  });

  it("counts bytes, and those that escapes add", () => {
    expect(check({ "index.js": `// ${"é".repeat(262_144)}` })).toMatchObject({
      code: "function-code-too-large",
    });
    expect(check({ "index.js": `"${"\u0001".repeat(400_000)}"` })).toMatchObject({
      code: "function-code-too-large",
    });
    const examples = [{ input: "x".repeat(600_000), expect: 1 }];
    expect(check({ "index.js": "" }, { examples })).toMatchObject({ code: "too-large" });
  });

  it("is warned of regular expressions that may take for ever", () => {
    const slow = ["(a+)+", "(\\w*\\s?)*$", "^(?:a|b+)*", "((ab)*c)+", "(a{2,})+", "([+*]x+)+"];
    const quick = ["a+b+", "(ab)+", "(a+)b", "[(a+)+]", "\\(a+\\)+", "(a{2}){3}", "(a+)?", "(a)(b)*"];
    const code = [...slow, ...quick].map((source) => `/${source}/;`).join("\n");
    expect(check({ "index.js": code })).toMatchObject({
      ok: true,
      warnings: slow.map((_, index): unknown => expect.stringContaining(`index.js:${index + 1}:`)),
    });
  });

  it("keeps few of many warnings and faults", () => {
    const many = check({ "index.js": "/(a+)+/;\n".repeat(1_000) });
    if (!many.ok) throw new Error("expected no faults");
    expect(many.warnings).toHaveLength(10);
    const answer = check({ "index.js": 'import "./gone.js";\n'.repeat(1_000) });
    expect(answer.ok ? [] : answer.errors).toHaveLength(20);
  });
});
