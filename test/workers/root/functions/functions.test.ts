import { describe, expect, it } from "vitest";
import { workerUnderTest } from "../../under-test.ts";
import { call, invoke, upload } from "./functions-client.ts";

const { env } = workerUnderTest<RootBindings, typeof import("../../../../root-worker/index.ts")>();

const greet = (word: string): string => `export const handle = ({ name }) => "${word}, " + name;`;

async function versionOf(name: string, code: string): Promise<string> {
  const { body } = await upload(name, code);
  return String(body["version"]);
}

describe("a function", () => {
  it("is uploaded, and called with what it was uploaded with", async () => {
    const uploaded = await upload("greet", greet("Hello"), {
      examples: [{ input: { name: "Ada" }, expect: "Hello, Ada" }],
    });
    expect(uploaded).toMatchObject({
      status: 201,
      body: { name: "greet", kinds: ["handle"], main: "index.js", moduleCount: 1, current: true },
    });
    const { body } = uploaded;
    expect(body["version"]).toMatch(/^[0-9a-f]{16}$/);
    expect(body["fitness"]).toMatchObject({ stepsMax: 1 });
    expect(await invoke("greet", { name: "Bob" })).toMatchObject({
      status: 200,
      body: { result: "Hello, Bob", version: body["version"], steps: 1, tookMs: expect.any(Number) },
    });
  });

  it("has the same version for the same code, also when its examples change", async () => {
    const first = await upload("greet", greet("Hello"));
    const again = await upload("greet", greet("Hello"), {
      examples: [{ input: { name: "Ada" }, expect: "Hello, Ada" }],
    });
    expect(again).toMatchObject({ status: 200, body: { version: first.body["version"] } });
    expect((await call("GET", "/greet")).body["examples"]).toHaveLength(1);
    expect((await call("GET", "/greet/versions")).body["versions"]).toHaveLength(1);
  });

  it("is shown with its code as it was uploaded", async () => {
    const modules = { "index.js": 'export * from "./lib/greet.js";\n', "lib/greet.js": greet("Hello") };
    const version = (await upload("greet", modules)).body["version"];
    await upload("greet", greet("Goodbye"));
    expect((await call("GET", `/greet?version=${String(version)}`)).body).toMatchObject({
      modules,
      current: false,
    });
    expect((await call("GET", "/greet")).body).toMatchObject({ modules: { "index.js": greet("Goodbye") } });
    expect((await call("GET", "")).body["functions"]).toMatchObject([{ name: "greet", current: true }]);
    expect(await call("GET", "/greet?version=0000000000000000")).toMatchObject({
      status: 404,
      body: { code: "unknown-version" },
    });
  });

  it("may have modules that import each other in a circle", async () => {
    const modules = {
      "index.js":
        'import { words } from "./words.js";\nexport function join(list) { let all = ""; for (const each of list) all += each; return all; }\nexport const handle = () => words;',
      "words.js": 'import { join } from "./index.js";\nexport const words = join(["a", "b"]);',
    };
    expect(await upload("circle", modules)).toMatchObject({ status: 201 });
    expect((await invoke("circle")).body["result"]).toBe("ab");
  });

  it("is rolled back, and forward", async () => {
    const one = await versionOf("greet", greet("Hello"));
    const two = await versionOf("greet", greet("Goodbye"));
    expect((await invoke("greet", { name: "Ada" })).body["result"]).toBe("Goodbye, Ada");
    expect(await call("POST", "/greet/rollback", { version: one })).toMatchObject({
      status: 200,
      body: { version: one, current: true },
    });
    expect((await invoke("greet", { name: "Ada" })).body).toMatchObject({
      result: "Hello, Ada",
      version: one,
    });
    expect((await invoke("greet", { name: "Ada" }, { version: two })).body["result"]).toBe("Goodbye, Ada");
    expect((await call("GET", "/greet/versions")).body["versions"]).toMatchObject([
      { version: one, current: true },
      { version: two, current: false },
    ]);
    const unknown = { version: "0000000000000000" };
    expect(await call("POST", "/greet/rollback", unknown)).toMatchObject({
      status: 404,
      body: { code: "unknown-version" },
    });
    expect(await call("POST", "/other/rollback", unknown)).toMatchObject({
      status: 404,
      body: { code: "unknown-function" },
    });
  });

  it("is deleted with all its versions, but not while a pipeline names it", async () => {
    const version = await versionOf("greet", greet("Hello"));
    const pipeline = { topic: "t", deliver: [{ reply: true as const }] };
    const put = async (use: string) => env.CATALOG.putPipeline("p", { ...pipeline, steps: [{ use }] });
    for (const use of ["function:greet", `function:greet@${version}`]) {
      expect(await put(use)).toMatchObject({ ok: true });
      expect(await call("DELETE", "/greet")).toMatchObject({
        status: 409,
        body: { code: "conflict", detail: 'The pipeline "p" uses "greet".' },
      });
    }
    await env.CATALOG.putPipeline("p", {
      ...pipeline,
      steps: [{ use: "foreach", with: { steps: [{ use: "function:greet" }] } }],
    });
    expect((await call("DELETE", "/greet")).status).toBe(409);
    await put("trim");
    expect((await call("DELETE", "/greet")).status).toBe(204);
    expect(await invoke("greet")).toMatchObject({ status: 404, body: { code: "unknown-function" } });
    expect(await call("GET", "/greet/versions")).toMatchObject({ status: 404 });
    expect(await put("function:greet")).toMatchObject({ ok: false, code: "conflict" });
  });

  it("has nothing to invoke without a `handle`", async () => {
    await upload(
      "count",
      "export const map = (d) => d.length; export const reduce = (p) => p.reduce((a, b) => a + b, 0);",
    );
    expect(await invoke("count")).toMatchObject({ status: 422, body: { code: "function-lacks-kind" } });
  });

  it("names what is wrong with a request", async () => {
    const modules = { "index.js": greet("Hello") };
    const wrong: [object, string][] = [
      [{ modules, exmaples: [] }, "exmaples"],
      [{ modules: {} }, "modules"],
      [{}, "modules"],
      [{ modules, examples: [{ input: 1 }] }, "examples[0]"],
      [{ modules, examples: [{ documents: [], expect: 1 }] }, "examples[0]"],
    ];
    for (const [body, path] of wrong) {
      const answer = await call("PUT", "/greet", body);
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid-request" } });
      expect(answer.body["errors"]).toEqual(
        expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining(path) })]),
      );
    }
    expect(await call("PUT", "/Greet", { modules })).toMatchObject({ status: 400 });
    expect(await invoke("greet", 1, { verison: 1 })).toMatchObject({ status: 400 });
  });

  it("shows what its examples take, and that it is heavy where it is", async () => {
    const code =
      "export const handle = (n) => { let x = 0; for (let i = 0; i < n; i++) x += i; return x; };\nexport const slow = /^(a+)+$/;";
    const { body } = await upload("sum", code, { examples: [{ input: 2e6, expect: 1999999000000 }] });
    expect(body["fitness"]).toMatchObject({
      verdict: "heavy",
      reasons: expect.arrayContaining([
        expect.stringContaining("index.js:2: a regular expression"),
        expect.stringContaining("2000001 steps"),
      ]),
    });
  });

  it("is held to its examples of each kind", async () => {
    const decorate = `
      import { Reject } from "umbel";
      export function decorate(event, { options }) {
        if (event.data.drop) return;
        if (event.data.bad) throw new Reject("bad data");
        return { ...event, data: { ...event.data, by: options.by } };
      }`;
    const examples = [
      { given: { a: 1 }, with: { by: "me" }, expect: { a: 1, by: "me" } },
      {
        given: { id: "7", data: { a: 1 } },
        with: { by: "me" },
        expect: [{ id: "7", data: { a: 1, by: "me" } }],
      },
      { given: { drop: true }, expect: null },
      { given: { bad: true }, expect: { rejects: "bad" } },
    ];
    expect(await upload("decorate", decorate, { examples })).toMatchObject({ status: 201 });
    const wrong = [
      { given: { a: 1 }, with: { by: "me" }, expect: { a: 1, by: "you" } },
      { given: { bad: true }, expect: null },
      { given: { drop: true }, expect: { rejects: "no" } },
      { input: 1, expect: 1 },
    ];
    const { status, body } = await upload("decorate", decorate, { examples: wrong });
    expect(status).toBe(422);
    expect(body["errors"]).toEqual([
      { path: "examples[0].expect.by", message: 'expected "you", got "me"' },
      { path: "examples[1].expect", message: "got the error: bad data (index.js:5)" },
      { path: "examples[2].expect", message: "expected an error, got 0 events" },
      { path: "examples[3]", message: "is one of `handle`, which the function does not export" },
    ]);
  });

  it("may average in floating point, whose sums depend on their order", async () => {
    const mean = `
      export const map = (documents) => documents.map(({ n }) => ({ sum: n, count: 1 })).reduce(add);
      export const reduce = (partials) => partials.reduce(add);
      const add = (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count });`;
    const documents = [0.1, 0.2, 0.3, 0.7].map((n) => ({ n }));
    const examples = [{ documents, expect: { sum: 0.1 + 0.2 + 0.3 + 0.7, count: 4 } }];
    expect(await upload("mean", mean, { examples })).toMatchObject({ status: 201 });
  });
});
