import { beforeEach, describe, expect, it } from "vitest";
import { versionHash } from "../../../core/functions/version-hash.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await exports.default.fetch(`http://umbel.test/v1/collections/${path}`, {
    method,
    headers: { authorization: "Bearer test-key" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // Answers and problems are all objects.
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** Puts a function where an upload would, and answers its version. */
async function putFunction(name: string, code: string): Promise<string> {
  const spec = { main: "index.js", modules: { "index.js": code } };
  const version = await versionHash(spec);
  const fitness = { verdict: "unmeasured" as const, reasons: [] };
  await env.CATALOG.putFunction(name, { ...spec, version, kinds: ["map", "reduce"], fitness });
  return version;
}

const COUNT = `
  export function map(documents, input) {
    const counts = {};
    for (const document of documents) {
      const value = document[input.field];
      if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
    }
    return counts;
  }
  export function reduce(partials) {
    const counts = {};
    for (const partial of partials) {
      for (const [value, count] of Object.entries(partial)) counts[value] = (counts[value] ?? 0) + count;
    }
    return counts;
  }
`;

const DOCUMENTS = 60;

async function fill(name: string, { shards = 4, replicas = 1 } = {}): Promise<void> {
  const fields = { n: { type: "number" }, kind: { type: "keyword" } };
  expect((await call("PUT", name, { shards, replicas, fields })).status).toBe(201);
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({
    id: `d${n}`,
    n,
    kind: `k${n % 3}`,
    secret: "s",
  }));
  expect((await call("POST", `${name}/documents`, documents)).body["written"]).toBe(DOCUMENTS);
}

const scatter = (name: string, request: object): Promise<Answer> => call("POST", `${name}/scatter`, request);

beforeEach(() => fill("things"));

describe("a scatter", () => {
  it("answers what the function makes of all documents, in the version that ran, and what that stands on", async () => {
    const version = await putFunction("count", COUNT);
    const { status, body } = await scatter("things", {
      function: "count",
      input: { field: "kind" },
      explain: true,
    });

    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      result: { k0: 20, k1: 20, k2: 20 },
      function: { name: "count", version },
      leaves: { total: 4, answered: 4, failed: [], hedged: 0, retried: 0 },
      coverage: 1,
      // A call of `map` at each leaf, a branch's `reduce` and the last one.
      cost: { doRequests: 4, functionCalls: 6, rowsWritten: 0 },
    });
    const rows = body["explain"] as { mapped: number; functionCalls: number; rowsRead: number }[];
    expect(rows.map(({ functionCalls }) => functionCalls)).toEqual([1, 1, 1, 1]);
    expect(rows.reduce((sum, { mapped }) => sum + mapped, 0)).toBe(DOCUMENTS);
  });

  it("hands over what matches the filter, with the fields that are selected and the id", async () => {
    await putFunction(
      "list",
      `export const map = (documents) => documents;
       export const reduce = (partials) => partials.flat().sort((a, b) => a.n - b.n);`,
    );
    const { body } = await scatter("things", {
      function: "function:list",
      filter: "n >= 10 AND n < 13 AND kind <> 'k0'",
      select: ["n"],
    });

    expect(body["result"]).toEqual([
      { id: "d10", n: 10 },
      { id: "d11", n: 11 },
    ]);
  });

  it("sees a write whose bookmark it carries; of nothing it is what the function makes of no documents", async () => {
    await putFunction("count", COUNT);
    const { body: written } = await call("POST", "things/documents", [{ id: "new", kind: "k9" }]);
    const request = { function: "count", input: { field: "kind" } };
    const marked = await scatter("things", { ...request, bookmark: written["bookmark"] });
    const nothing = await scatter("things", { ...request, filter: "n > 1000" });

    expect(marked.body["result"]).toMatchObject({ k9: 1 });
    expect(nothing.body).toMatchObject({ result: {}, coverage: 1, cost: { functionCalls: 2 } });
  });

  it("runs the version that is named, or each at its share", async () => {
    const older = await putFunction(
      "n",
      "export const map = () => 1; export const reduce = (partials) => partials[0];",
    );
    const newer = await putFunction(
      "n",
      "export const map = () => 2; export const reduce = (partials) => partials[0];",
    );

    expect((await scatter("things", { function: "n" })).body).toMatchObject({
      result: 2,
      function: { version: newer },
    });
    expect((await scatter("things", { function: `n@${older}` })).body).toMatchObject({ result: 1 });
    expect(
      (await scatter("things", { function: "n", split: { [older]: 100, [newer]: 0 } })).body,
    ).toMatchObject({ result: 1, function: { version: older } });
    const results = new Set<unknown>();
    for (let n = 0; n < 24; n++) {
      const { body } = await scatter("things", { function: "n", split: { [older]: 50, [newer]: 50 } });
      results.add(body["result"]);
    }
    expect(results).toEqual(new Set([1, 2]));
  });
});

describe("a request that can't be run", () => {
  it("is refused, and told why", async () => {
    await putFunction("count", COUNT);
    const wrong: [object, string][] = [
      [{}, "function"],
      [{ function: "No Name" }, "function"],
      [{ function: "count@1" }, "function"],
      [{ function: "count", filter: 7 }, "filter"],
      [{ function: "count", split: {} }, "split"],
      [{ function: "count", split: { "0123456789abcdef": 99 } }, "split"],
      [{ function: "count@0123456789abcdef", split: { "0123456789abcdef": 100 } }, "split"],
      [{ function: "count", input: "x".repeat(300_000) }, "input"],
      [{ function: "count", partial: "maybe" }, "partial"],
      [{ function: "count", deadlineMs: 0 }, "deadlineMs"],
      [{ function: "count", q: "word" }, "q"],
    ];
    for (const [request, path] of wrong) {
      const { status, body } = await scatter("things", request);

      expect(status, JSON.stringify(body)).toBe(400);
      expect(body).toMatchObject({ code: "invalid-request", errors: [expect.objectContaining({ path })] });
    }
    const without: [string, object, number, string][] = [
      ["things", { function: "nothing" }, 404, "unknown-function"],
      ["things", { function: "count@0123456789abcdef" }, 404, "unknown-version"],
      ["things", { function: "count", filter: "n >" }, 400, "invalid-filter"],
      ["things", { function: "count", bookmark: "zzz" }, 400, "invalid-bookmark"],
      ["nowhere", { function: "count" }, 404, "unknown-collection"],
    ];
    for (const [name, request, status, code] of without) {
      expect(await scatter(name, request)).toMatchObject({ status, body: { code } });
    }
  });
});

describe("a function that fails", () => {
  const reduce = "export const reduce = (partials) => partials[0];";
  /** Whichever limit is met first, which depends on the machine. */
  const bounded = expect.stringMatching(/^function-(too-many-steps|call-timeout)$/) as string;
  const failing: [string, string, RegExp][] = [
    [
      `export function map() {\n  throw new RangeError("oh no");\n}\n${reduce}`,
      "function-failed",
      /^f@[0-9a-f]{16}: RangeError: oh no \(index\.js:2\)$/,
    ],
    [
      `export const map = () => 1;\nexport function reduce() {\n\n  throw new Error("not this");\n}`,
      "function-failed",
      /not this \(index\.js:4\)$/,
    ],
    [`export const map = () => undefined; ${reduce}`, "function-wrong-result", /undefined/],
    [`export const map = () => 1n; ${reduce}`, "function-wrong-result", /BigInt/],
    [`export const map = () => "x".repeat(2_000_000); ${reduce}`, "partial-too-large", /1048576 characters/],
    [`export const map = () => "x".repeat(9_000_000); ${reduce}`, "function-output-too-large", /./],
    [
      `export const map = () => 1; export const reduce = () => "x".repeat(2_000_000);`,
      "partial-too-large",
      /./,
    ],
    ["export const map = () => 1;", "function-lacks-kind", /reduce/],
    [`export const map = () => new Promise(() => {}); ${reduce}`, "function-call-timeout", /1000 ms/],
    [`export const map = () => { for (;;); }; ${reduce}`, bounded, /steps|1000 ms/],
    [`export const map = () => fetch("https://example.com"); ${reduce}`, "function-failed", /./],
    [`export const map = () => (0, eval)("1"); ${reduce}`, "function-failed", /./],
  ];

  it("is the answer, by its own name and line; nothing is tried again, and the leaves go on as if nothing had been", async () => {
    for (const [code, expected, message] of failing) {
      const version = await putFunction("f", code);
      const { status, body } = await scatter("things", { function: "f", deadlineMs: 20_000 });

      expect({ status, code: body["code"] }, JSON.stringify(body)).toEqual({ status: 422, code: expected });
      expect(body["detail"]).toMatch(message);
      expect(body).toMatchObject({ function: { name: "f", version }, version });
      expect((await call("POST", "things/search", {})).body).toMatchObject({
        total: { count: DOCUMENTS },
        leaves: { answered: 4, retried: 0 },
      });
    }
  });
});
