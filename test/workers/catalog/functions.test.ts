import { describe, expect, it } from "vitest";
import { FUNCTION_VERSIONS_MAX, type FunctionDeclaration } from "../../../core/contracts/functions.ts";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../shard-workers/catalog/index.ts")
>();
const catalog = exports.CatalogService;

const versionOf = (n: number): string => n.toString(16).padStart(16, "0");

const declaration = (n: number): FunctionDeclaration => ({
  version: versionOf(n),
  main: "index.js",
  modules: { "index.js": `export const decorate = (event) => event; // ${n}` },
  kinds: ["decorate"],
  fitness: { verdict: "fit", reasons: [] },
});

describe("functions in the Catalog", () => {
  it("have a current version, and others with their code", async () => {
    expect(await catalog.putFunction("f", declaration(1))).toMatchObject({ ok: true, created: true });
    expect(await catalog.putFunction("f", declaration(2))).toMatchObject({ ok: true, created: false });
    expect(await catalog.getFunction("f")).toMatchObject({
      ...declaration(2),
      current: true,
    });
    expect(await catalog.getFunction("f", versionOf(1))).toMatchObject({ ...declaration(1), current: false });
    expect(await catalog.getFunctionSummary("f")).not.toHaveProperty("modules");
    expect(await catalog.getFunction("f", versionOf(3))).toBeNull();
    expect(await catalog.getFunction("g")).toBeNull();
  });

  it("have a version again that is uploaded again, from when it was first", async () => {
    await catalog.putFunction("f", declaration(1));
    const first = await catalog.getFunctionSummary("f");
    await catalog.putFunction("f", declaration(2));
    await catalog.putFunction("f", declaration(1));
    expect(await catalog.getFunctionSummary("f")).toMatchObject({
      version: versionOf(1),
      createdAt: first?.createdAt,
    });
    const versions = await catalog.listFunctionVersions("f");
    expect(versions.map(({ version, current }) => [version, current])).toEqual([
      [versionOf(1), true],
      [versionOf(2), false],
    ]);
  });

  it("keep so many versions, and those that pipelines name", async () => {
    await catalog.putFunction("f", declaration(0));
    await catalog.putFunction("f", declaration(1));
    const steps = [{ use: `function:f@${versionOf(1)}` }];
    const put = await catalog.putPipeline("p", { topic: "t", steps, deliver: [{ reply: true }] });
    expect(put).toMatchObject({ ok: true });
    for (let n = 2; n <= FUNCTION_VERSIONS_MAX + 1; n++) await catalog.putFunction("f", declaration(n));
    const versions = (await catalog.listFunctionVersions("f")).map(({ version }) => version);
    expect(versions).toHaveLength(FUNCTION_VERSIONS_MAX + 1);
    expect(versions).toContain(versionOf(1));
    expect(versions).not.toContain(versionOf(0));
    expect(await catalog.getFunction("f", versionOf(0))).toBeNull();
  });

  it("are there for every pipeline that names them", async () => {
    await catalog.putFunction("f", declaration(1));
    const put = async (step: object) =>
      catalog.putPipeline("p", {
        topic: "t",
        steps: [{ use: "function:f", ...step }],
        deliver: [{ reply: true }],
      });
    expect(await put({ use: "function:g" })).toMatchObject({ ok: false, code: "conflict" });
    expect(await put({ use: `function:f@${versionOf(9)}` })).toMatchObject({ ok: false, code: "conflict" });
    expect(await put({ split: { [versionOf(1)]: 95, [versionOf(9)]: 5 } })).toMatchObject({
      ok: false,
      code: "conflict",
    });
    expect(await put({})).toMatchObject({ ok: true });
    expect(await catalog.deleteFunction("f")).toMatchObject({ ok: false, code: "conflict" });
    await catalog.deletePipeline("p");
    expect(await catalog.deleteFunction("f")).toEqual({ ok: true });
    expect(await catalog.listFunctions()).toEqual([]);
    expect(await catalog.deleteFunction("f")).toMatchObject({ ok: false, code: "unknown-function" });
  });
});
