import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";
import { FILMS } from "./films.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

interface Body {
  version: string;
  result: unknown;
  code: string;
  detail: string;
  line: number;
}

const upload = async (name: string, code: string, others: object = {}) =>
  platform.json<Body>("PUT", `/v1/functions/${name}`, { modules: { "index.js": code }, ...others });

const invoke = async (name: string, input: unknown) =>
  platform.json<Body>("POST", `/v1/functions/${name}/invoke`, { input });

const DECADES = `
export function handle({ films }) {
  const decades = {};
  for (const { year } of films) {
    const decade = Math.floor(year / 10) * 10;
    decades[decade] = (decades[decade] ?? 0) + 1;
  }
  return decades;
}
`;

describe("a function over HTTP", () => {
  it("computes over real data what the same code computes here", async () => {
    const decades: Record<string, number> = {};
    for (const { year } of FILMS) {
      const decade = Math.floor(Number(year) / 10) * 10;
      decades[decade] = (decades[decade] ?? 0) + 1;
    }
    const examples = [{ input: { films: [{ year: 1994 }, { year: 1999 }] }, expect: { 1990: 2 } }];
    expect(await upload("decades", DECADES, { examples })).toMatchObject({ status: 201 });
    const { status, body } = await invoke("decades", { films: FILMS });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.result).toEqual(decades);
  });

  it("fails with its own message and line, and harms nobody", async () => {
    await upload("broken", "export function handle(input) {\n  return input.films.length;\n}\n");
    expect(await invoke("broken", {})).toMatchObject({
      status: 422,
      body: { code: "function-failed", line: 2, detail: expect.stringContaining("reading 'length'") },
    });
    await upload("endless", "export function handle() {\n  for (;;) {}\n}\n");
    const [endless, other] = await Promise.all([invoke("endless", 1), invoke("decades", { films: [] })]);
    expect(endless.status).toBe(422);
    expect(endless.body.code).toMatch(/^function-(too-many-steps|call-timeout)$/);
    expect(other).toMatchObject({ status: 200, body: { result: {} } });
  });

  it("is rolled back while it is called: every call is answered by one version or the other", async () => {
    const version = async (word: string) =>
      (await upload("word", `export const handle = () => "${word}";`)).body.version;
    const one = await version("one");
    const two = await version("two");
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 20; n++) {
      if (n % 5 === 0) {
        const body = { version: n % 2 === 0 ? one : two };
        expect((await platform.json("POST", "/v1/functions/word/rollback", body)).status).toBe(200);
      }
      answers.push(
        invoke("word", n).then(({ status, body }) => [
          status,
          body.version === one ? "one" : "two",
          body.result,
        ]),
      );
    }
    for (const answer of await Promise.all(answers)) {
      expect([
        [200, "one", "one"],
        [200, "two", "two"],
      ]).toContainEqual(answer);
    }
    await platform.json("POST", "/v1/functions/word/rollback", { version: one });
    expect((await invoke("word", 1)).body.result).toBe("one");
  });

  it("is there when the Catalog starts again", async () => {
    await platform.evict({ worker: "catalog", className: "Catalog", name: "catalog" });
    expect(await invoke("word", 1)).toMatchObject({ status: 200, body: { result: "one" } });
    expect(platform.errors).toEqual([]);
  });
});
