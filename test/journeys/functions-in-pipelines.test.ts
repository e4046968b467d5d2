import { beforeAll, describe, expect, it, vi } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";
import { FILMS } from "./films.ts";
import { documentsOf, functionsOf, marking, numbered } from "./function-platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05 });
});

interface Problem {
  code: string;
  detail: string;
  errors: { path: string; message: string }[];
}

const { upload, declare, publish, settled } = functionsOf(() => platform);

describe("a function as a step", () => {
  it("decorates real events as the same code in plain JavaScript does", async () => {
    const code = `
      const decade = (year) => Math.floor(year / 10) * 10 + "s";
      export function decorate(event, { options }) {
        const { title, year, genre } = event.data;
        if (genre === undefined) return;
        const words = title.toLowerCase().split(" ").filter((word) => word.length > options.longerThan);
        return { ...event, data: { ...event.data, decade: decade(year), words } };
      }`;
    await upload("film-facts", code);
    await declare(
      "film-events",
      {
        steps: [
          { use: "function:film-facts", with: { longerThan: 3 } },
          { use: "trim", with: { field: "title" } },
        ],
      },
      { decade: { type: "keyword" }, words: { type: "keyword" } },
    );
    const films = FILMS.slice(0, 600);
    await publish("film-events", films);

    const expected = films
      .filter((film) => film["genre"] !== undefined)
      .map((film) => ({
        ...film,
        decade: `${Math.floor(Number(film["year"]) / 10) * 10}s`,
        words: String(film["title"])
          .toLowerCase()
          .split(" ")
          .filter((word) => word.length > 3),
      }));
    expect(expected.length).toBeLessThan(films.length);
    expect(await settled("film-events")).toMatchObject({
      accepted: films.length,
      delivered: expected.length,
      filtered: films.length - expected.length,
    });
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect((await documentsOf<{ id: string }>(platform, "film-events")).toSorted(byId)).toEqual(
      expected.toSorted(byId),
    );
  });

  it("decorates documents on their way into a collection, and its searches", async () => {
    await upload("stamp", marking("stamped"));
    await upload("limit", `export const decorate = (e) => ({ ...e, data: { ...e.data, limit: 1 } });`);
    for (const [pipeline, fn] of [
      ["stamping", "stamp"],
      ["limiting", "limit"],
    ]) {
      const { status } = await platform.json("PUT", `/v1/pipelines/${pipeline}`, {
        topic: pipeline,
        steps: [{ use: `function:${fn}` }],
        deliver: [{ reply: true }],
      });
      expect(status).toBe(201);
    }
    await platform.json("PUT", "/v1/collections/stamped", {
      fields: {},
      pipeline: "stamping",
      searchPipeline: "limiting",
    });
    const bulk = await platform.json("POST", "/v1/collections/stamped/documents", numbered(20));
    expect(bulk.body).toMatchObject({ written: 20, failed: 0 });
    const found = await platform.json<{ hits: { document: object }[] }>(
      "POST",
      "/v1/collections/stamped/search",
      {},
    );

    expect(found.body.hits).toMatchObject([{ document: { mark: "stamped" } }]);
    expect((await platform.json("POST", "/v1/pipelines/stamping/invoke", { a: 1 })).body).toEqual({
      a: 1,
      mark: "stamped",
    });
  });

  it.each([
    ["that there is not", { use: "function:nobody" }, "steps[0].use", "there is no function"],
    [
      "in a version that there is not",
      { use: "function:stamp@0123456789abcdef" },
      "steps[0].use",
      "there is no version",
    ],
    [
      "in shares that are not all",
      { use: "function:stamp", split: { "0123456789abcdef": 99 } },
      "steps[0].split",
      "total 99",
    ],
    ["that does not decorate", { use: "function:plain" }, "steps[0].use", "exports no `decorate`"],
  ])("%s is refused, and its place named", async (_, step, path, message) => {
    await upload("plain", "export const handle = (input) => input;");
    const { status, body } = await platform.json<Problem>("PUT", "/v1/pipelines/faulty", {
      topic: "faulty",
      steps: [step],
      deliver: [{ reply: true }],
    });

    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it("is not deleted while a pipeline uses it; a former version of a pipeline does not keep it", async () => {
    await upload("brief", marking("brief"));
    const put = (steps: object[]) =>
      platform.json("PUT", "/v1/pipelines/users", { topic: "users", steps, deliver: [{ reply: true }] });
    expect((await put([{ use: "function:brief" }])).status).toBe(201);
    const refused = await platform.json<Problem>("DELETE", "/v1/functions/brief");
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('"users"');

    const plain = { modules: { "index.js": "export const handle = (input) => input;" } };
    const unfit = await platform.json<Problem>("PUT", "/v1/functions/brief", plain);
    expect(unfit.status).toBe(409);
    expect(unfit.body.detail).toContain("exports no `decorate`");

    expect((await put([])).status).toBe(200);
    expect((await platform.json("DELETE", "/v1/functions/brief")).status).toBe(204);
    const back = await platform.json<Problem>("POST", "/v1/pipelines/users/rollback", { version: 1 });
    expect(back.status).toBe(400);
    expect(back.body.errors).toEqual([{ path: "steps[0].use", message: 'there is no function "brief"' }]);
  });

  it("that goes wrong leaves a dead letter with its message, version and line, and a platform that answers", async () => {
    const version = await upload(
      "picky",
      `import { Reject } from "umbel";
      export function decorate(event) {
        if (event.data.kind === "loop") for (;;);
        if (event.data.kind === "bad") throw new Reject("no such order");
        return event;
      }`,
    );
    await declare("picky", {
      steps: [{ use: "function:picky" }],
      examples: [
        { given: { kind: "good" }, expect: { kind: "good" } },
        { given: { kind: "bad" }, expect: { rejects: "no such order" } },
      ],
    });
    await publish(
      "picky",
      ["good", "bad", "loop", "good"].map((kind, n) => ({ id: `p-${n}`, kind })),
    );

    expect(await settled("picky")).toMatchObject({ accepted: 4, delivered: 2, dead: 2 });
    const letters = await platform.json<{ deadLetters: { eventId: string; error: string }[] }>(
      "GET",
      "/v1/dead-letters?pipeline=picky",
    );
    const errors = new Map(letters.body.deadLetters.map(({ eventId, error }) => [eventId, error]));
    expect(errors.get("p-1")).toBe(`steps[0] (function:picky): picky@${version}: no such order (index.js:4)`);
    expect(errors.get("p-2")).toContain(`picky@${version}: A call has`);
  });
});

describe("2,000 events", () => {
  const EVENTS = 2_000;

  it("are all delivered while a function is rolled back and another split, each by the version of its share", async () => {
    const [one, two] = [await upload("canary", marking("one")), await upload("canary", marking("two"))];
    const old = await upload("rolled", marking("old"));
    await upload("rolled", marking("new"));
    await declare("flow", { steps: [{ use: "function:canary", split: { [one]: 90, [two]: 10 } }] });
    await platform.json("PUT", "/v1/collections/rolled", { shards: 2, fields: {} });
    await platform.json("PUT", "/v1/pipelines/rolled", {
      topic: "flow",
      steps: [{ use: "function:rolled" }],
      deliver: [{ collection: "rolled" }],
    });

    await publish("flow", numbered(500));
    // Events are under way, and some are through.
    await vi.waitFor(async () => expect(await documentsOf(platform, "rolled")).not.toHaveLength(0), 50_000);
    const back = await platform.json("POST", "/v1/functions/rolled/rollback", { version: old });
    expect(back.status, JSON.stringify(back.body)).toBe(200);
    let sent = 500;
    const isBack = async (): Promise<boolean> => {
      const { body } = await platform.json("POST", "/v1/pipelines/rolled/simulate", { events: [{ a: 1 }] });
      return JSON.stringify(body).includes('"mark":"old"');
    };
    while (!(await isBack()) && sent < EVENTS - 500) {
      await publish("flow", numbered(50, sent));
      sent += 50;
    }
    await vi.waitFor(async () => expect(await isBack()).toBe(true), 20_000);
    await publish("flow", numbered(EVENTS - sent, sent));

    expect(await settled("flow")).toMatchObject({
      accepted: EVENTS,
      delivered: EVENTS,
      dead: 0,
      filtered: 0,
    });
    type Marked = { id: string; mark: string };
    const canary = await documentsOf<Marked>(platform, "flow");
    expect(canary).toHaveLength(EVENTS);
    const share = (100 * canary.filter(({ mark }) => mark === "two").length) / EVENTS;
    expect(Math.abs(share - 10)).toBeLessThan(3);
    const rolled = await documentsOf<Marked>(platform, "rolled");
    expect(rolled).toHaveLength(EVENTS);
    const idsOf = (mark: string) => rolled.flatMap((each) => (each.mark === mark ? [each.id] : []));
    expect(idsOf("new").length + idsOf("old").length).toBe(EVENTS);
    expect(idsOf("new")).not.toHaveLength(0);
    // Once a version is believed to be current, it is the one that all that follow meet.
    expect(idsOf("old")).toEqual(expect.arrayContaining(numbered(EVENTS - sent, sent).map(({ id }) => id)));
  });
});

describe("a comparison", () => {
  const same = `export const decorate = (e) => ({ ...e, data: { ...e.data, size: e.data.n > 100 ? "big" : "small" } });`;
  const other = same.replace("n > 100", "n > 100 && e.data.n !== 317");
  let versions: string[] = [];

  beforeAll(async () => {
    versions = [await upload("sizes", same), await upload("sizes", other)];
    // Its events are kept as they came.
    const { status } = await platform.json("PUT", "/v1/pipelines/sizes-raw", {
      topic: "sizes",
      deliver: [{ reply: true }],
      keep: true,
    });
    expect(status).toBe(201);
    await publish(
      "sizes",
      Array.from({ length: 500 }, (_, n) => ({ id: `s-${n}`, n })),
    );
    expect(await settled("sizes")).toMatchObject({ delivered: 500 });
  });

  const compare = (body: object) =>
    platform.json<Record<string, unknown> & Problem>("POST", "/v1/functions/sizes/compare", {
      versions,
      ...body,
    });

  it("finds the one event in 500 on which two versions differ, and says how", async () => {
    const { status, body } = await compare({ topic: "sizes" });

    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      function: "sizes",
      kind: "decorate",
      compared: 500,
      same: 499,
      different: 1,
      runs: versions.map((version) => ({ version, errors: 0, filtered: 0, ms: expect.any(Number) })),
      differences: [
        {
          id: "s-317",
          source: "/journey",
          differences: [{ path: "data.size", a: '"big"', b: '"small"' }],
        },
      ],
    });
  });

  it("takes what a filter lets through, of one pipeline, up to a limit", async () => {
    expect((await compare({ pipeline: "sizes-raw", filter: "data.n < 20" })).body).toMatchObject({
      compared: 20,
      different: 0,
    });
    expect((await compare({ limit: 7 })).body).toMatchObject({ compared: 7 });
    expect((await compare({ pipeline: "nobody" })).body).toMatchObject({ compared: 0, differences: [] });
  });

  it("shows what becomes of events that a version fails on, filters, or splits", async () => {
    const odd = await upload(
      "sizes",
      `export function decorate(e) {
        if (e.data.n === 0) throw new Error("nothing");
        if (e.data.n === 1) return;
        if (e.data.n === 2) return [{ ...e, id: "a" }, { ...e, id: "b" }];
        return { ...e, data: { ...e.data, size: "small" } };
      }`,
    );
    const { body } = await compare({ versions: [versions[0], odd], filter: "data.n <= 3" });

    expect(body).toMatchObject({
      compared: 4,
      different: 3,
      runs: [{ errors: 0 }, { errors: 1, filtered: 1 }],
    });
    const told = new Map(
      (body["differences"] as { id: string; differences: object[] }[]).map(({ id, differences }) => [
        id,
        differences,
      ]),
    );
    expect(told.get("s-0")).toMatchObject([{ path: "", b: '"error: nothing"' }]);
    expect(told.get("s-1")).toMatchObject([{ path: "", b: "null" }]);
    expect(told.get("s-2")).toMatchObject([{ path: "", b: expect.stringContaining('"id":"a"') }]);
  });

  it("runs documents through decorate, handle or map", async () => {
    const counting = (field: string) => `
      export const handle = (film) => ({ title: film.title.length });
      export const map = (films, input) => films.map((film) => film.${field} > input).length;
      export const reduce = (partials) => partials.reduce((sum, each) => sum + each, 0);`;
    const two = [await upload("counts", counting("n")), await upload("counts", counting("m"))];
    await platform.json("PUT", "/v1/collections/titles", { shards: 1, fields: { n: { type: "number" } } });
    await platform.json("POST", "/v1/collections/titles/documents", [
      { id: "a", title: "one", n: 1 },
      { id: "b", title: "three", n: 2 },
    ]);
    const on = (body: object) =>
      platform.json("POST", "/v1/functions/counts/compare", { versions: two, collection: "titles", ...body });

    expect((await on({})).body).toMatchObject({ kind: "handle", compared: 2, same: 2 });
    expect((await on({ kind: "map", input: 0, filter: "n > 1" })).body).toMatchObject({
      compared: 1,
      same: 1,
    });
    expect((await on({ kind: "decorate" })).status).toBe(422);
    const sizes = await compare({ collection: "titles" });
    expect(sizes.body).toMatchObject({ kind: "decorate", compared: 2, same: 2 });
  });

  it.each([
    ["a version that there is not", { versions: ["0".repeat(16), "1".repeat(16)] }, 404],
    ["what is no version", { versions: ["1", "2"] }, 400],
    ["one version", { versions: ["0".repeat(16)] }, 400],
    ["two sources", { topic: "a", collection: "b" }, 400],
    ["a filter that does not parse", { filter: "data.n <" }, 400],
    ["events through handle", { kind: "handle" }, 400],
    ["a collection that there is not", { collection: "nowhere" }, 404],
    ["an unknown field", { pipelin: "a" }, 400],
  ])("of %s is refused", async (_, body, status) => {
    expect((await compare(body)).status).toBe(status);
  });
});

it("what its versions were used for is told with a function's versions", async () => {
  interface Versions {
    versions: { current: boolean; uses: { kind: string; items: number; errors: number }[] }[];
  }
  await vi.waitFor(
    async () => {
      const { body } = await platform.json<Versions>("GET", "/v1/functions/canary/versions");
      const items = body.versions.map(({ uses }) => uses[0]?.items ?? 0);
      // Events that are handed over again, because a confirmation took long, are run again.
      expect(items.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(2_000);
      // The current one had a tenth.
      expect(body.versions).toMatchObject([
        { current: true, uses: [{ kind: "decorate", errors: 0 }] },
        { current: false, uses: [{ kind: "decorate", errors: 0 }] },
      ]);
      expect(items[0]).toBeLessThan(items[1] ?? 0);
    },
    { timeout: 50_000, interval: 100 },
  );
});
