import { beforeEach, describe, expect, it } from "vitest";
import { invoke, upload } from "./functions-client.ts";
import { HOSTILE_MODULES } from "./hostile-modules.ts";

const NEIGHBOUR = `
let calls = 0;
globalThis.secret = "the neighbour's";
export function handle(input) {
  calls++;
  return { sum: [1, 2, 3].map((n) => n + input).reduce((a, b) => a + b), toJSON: "toJSON" in {}, calls };
}
`;

let calls = 0;

describe("a hostile module", () => {
  // Storage is fresh for each test; the isolates of functions are not.
  beforeEach(async () => {
    expect((await upload("neighbour", NEIGHBOUR)).status).toBe(201);
  });

  it.each(HOSTILE_MODULES.map((module) => [module.does, module] as const))("%s", async (_, hostile) => {
    const { modules, main, examples, input, refused, fails, result } = hostile;
    const uploaded = await upload("hostile", modules, {
      ...(main === undefined ? {} : { main }),
      ...(examples === undefined ? {} : { examples }),
    });
    if (refused !== undefined) {
      expect(uploaded).toMatchObject({ body: { code: oneOf(refused.code), detail: saying(refused.says) } });
      expect([413, 422]).toContain(uploaded.status);
    } else {
      expect(uploaded).toMatchObject({ status: 201 });
      const invoked = await invoke("hostile", input);
      if (fails === undefined) expect(invoked).toMatchObject({ status: 200, body: { result } });
      else {
        const { code, says = "", line } = fails;
        expect(invoked).toMatchObject({
          status: 422,
          body: { code: oneOf(code), detail: saying(says), ...(line === undefined ? {} : { line }) },
        });
        expect(JSON.stringify(invoked.body)).not.toMatch(/harness|fuel|    at /);
      }
    }
    calls++;
    expect(await invoke("neighbour", 1)).toMatchObject({
      status: 200,
      body: { result: { sum: 9, toJSON: false, calls } },
    });
  });

  it("finds nothing of a neighbour's, not even of the same code", async () => {
    const code =
      "globalThis.count ??= 0; export const handle = () => [typeof globalThis.secret, ++globalThis.count];";
    await upload("one", code);
    await upload("other", code);
    const results = [await invoke("one"), await invoke("one"), await invoke("other")].map(
      ({ body }) => body["result"],
    );
    expect(results).toEqual([
      ["undefined", 1],
      ["undefined", 2],
      ["undefined", 1],
    ]);
  });

  it("is one of more than fifty", () => {
    expect(HOSTILE_MODULES.length).toBeGreaterThan(50);
  });
});

function saying(text: string | RegExp): unknown {
  return typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
}

function oneOf(codes: string | readonly string[]): unknown {
  return typeof codes === "string" ? codes : expect.toSatisfy((code: string) => codes.includes(code));
}
