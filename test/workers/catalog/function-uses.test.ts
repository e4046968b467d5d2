import { describe, expect, it } from "vitest";
import type { FunctionUse } from "../../../core/contracts/function-uses.ts";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../shard-workers/catalog/index.ts")
>();

const use = (change: Partial<FunctionUse> = {}): FunctionUse => ({
  name: "lang",
  version: "00000000000000a1",
  kind: "decorate",
  calls: 1,
  items: 10,
  errors: 1,
  ms: 2.4,
  ...change,
});

describe("what a function was used for", () => {
  it("is added up by version and export, apart from other functions'", async () => {
    const catalog = exports.CatalogService;
    await catalog.addFunctionUses([use(), use({ name: "other" }), use({ version: "00000000000000a2" })]);
    await catalog.addFunctionUses([use({ items: 5 }), use({ kind: "handle", items: 1 })]);

    const uses = await catalog.functionUses("lang");
    const sums = uses.map(({ version, kind, calls, items, errors, ms }) => [
      `${version} ${kind}`,
      [calls, items, errors, ms],
    ]);
    expect(Object.fromEntries(sums)).toEqual({
      "00000000000000a1 decorate": [2, 15, 2, 5],
      "00000000000000a1 handle": [1, 1, 1, 2],
      "00000000000000a2 decorate": [1, 10, 1, 2],
    });
    expect(await catalog.functionUses("nobody")).toEqual([]);
  });

  it("is forgotten with the function", async () => {
    const catalog = exports.CatalogService;
    const { name, version } = use();
    await catalog.putFunction(name, {
      main: "index.js",
      modules: { "index.js": "" },
      version,
      kinds: ["handle"],
      fitness: { verdict: "unmeasured", reasons: [] },
    });
    await catalog.addFunctionUses([use()]);
    expect(await catalog.deleteFunction(name)).toEqual({ ok: true });

    expect(await catalog.functionUses(name)).toEqual([]);
  });
});
