import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";
import { NoteLevels } from "./note-levels.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.05 });
  for (const name of ["notes", "bills"]) {
    expect((await platform.json("PUT", `/v1/collections/${name}`, { shards: 2, fields: {} })).status).toBe(
      201,
    );
  }
});

const notes = (level: string, change: object = {}) => ({
  topic: "notes",
  steps: [{ use: "defaults", with: { level } }],
  deliver: [{ collection: "notes" }],
  ...change,
});

interface Problem {
  code: string;
  errors: { path: string; message: string }[];
}

describe("a pipeline with examples", () => {
  it("is taken when it does what they say, given as events, as data, or as what is filtered", async () => {
    const { status, body } = await platform.json("PUT", "/v1/pipelines/exemplary", {
      ...notes("info"),
      filter: "data.keep = TRUE",
      examples: [
        { given: { keep: true }, expect: { keep: true, level: "info" } },
        {
          given: { type: "note", data: { keep: true, level: "warn" } },
          expect: [{ type: "note", data: { keep: true, level: "warn" } }],
        },
        { given: { keep: false }, expect: null },
      ],
    });
    expect(status, JSON.stringify(body)).toBe(201);
  });

  it("is refused with each difference when it does not, and what was there stays", async () => {
    await platform.json("PUT", "/v1/pipelines/strict", notes("info"));
    const { status, body } = await platform.json<Problem>("PUT", "/v1/pipelines/strict", {
      ...notes("debug"),
      examples: [
        { given: { text: "a" }, expect: { text: "a", level: "info" } },
        { given: { text: "a" }, expect: null },
        { given: { text: "a" }, expect: { rejects: "no" } },
      ],
    });

    expect(status).toBe(422);
    expect(body.code).toBe("failed-examples");
    expect(body.errors).toEqual([
      { path: "examples[0].expect.level", message: 'expected "info", got "debug"' },
      { path: "examples[1].expect", message: expect.stringContaining("expected no event, got one event") },
      { path: "examples[2].expect", message: "expected an error, got one event" },
    ]);
    expect((await platform.json("GET", "/v1/pipelines/strict")).body).toMatchObject({ version: 1 });
  });
});

describe("a declaration", () => {
  it.each([
    ["an unknown option", { steps: [{ use: "defaults", with: {} }] }, "steps[0].with"],
    ["an unknown decorator", { steps: [{ use: "nonsense" }] }, "steps[0].use"],
    [
      "an unknown onError",
      { steps: [{ use: "defaults", with: { a: 1 }, onError: "ignore" }] },
      "steps[0].onError",
    ],
    ["a filter that does not parse", { filter: "type = " }, "filter"],
    ["a sink that is not there", { deliver: [{ collection: "nowhere" }] }, "deliver[0].collection"],
    ["no sink", { deliver: [] }, "deliver"],
    ["retries beyond reason", { retry: { attempts: 0 } }, "retry.attempts"],
    ["an example without a given", { examples: [{ expect: null }] }, "examples[0].given"],
  ])("with %s is refused, and its place named", async (_, change, path) => {
    const { status, body } = await platform.json<Problem>(
      "PUT",
      "/v1/pipelines/faulty",
      notes("info", change),
    );

    expect(status).toBe(400);
    expect(body.errors.map((error) => error.path)).toContain(path);
    expect((await platform.json("GET", "/v1/pipelines/faulty")).status).toBe(404);
  });

  it.each([
    "http://127.0.0.1:1/",
    "https://169.254.169.254/",
    "https://2130706433/",
    "https://user@example.com/",
  ])("with a webhook to %s is refused", async (url) => {
    const deliver = [{ collection: "notes" }, { webhook: { url } }];
    const { status, body } = await platform.json<Problem>(
      "PUT",
      "/v1/pipelines/faulty",
      notes("info", { deliver }),
    );

    expect(status).toBe(400);
    expect(body.errors[0]?.path).toBe("deliver[1].webhook.url");
  });

  it("that lets events go in a circle is refused, with the way round", async () => {
    const put = (name: string, topic: string, to: string) =>
      platform.json<Problem>("PUT", `/v1/pipelines/${name}`, { topic, deliver: [{ topic: to }] });
    expect((await put("ring-a", "ring-1", "ring-2")).status).toBe(201);
    expect((await put("ring-b", "ring-2", "ring-3")).status).toBe(201);
    const { status, body } = await put("ring-c", "ring-3", "ring-1");

    expect(status).toBe(422);
    expect(body.code).toBe("pipeline-cycle");
    expect(body.errors[0]?.message).toBe(
      "closes a cycle: ring-c → topic ring-1 → ring-a → topic ring-2 → ring-b → topic ring-3 → ring-c",
    );
    expect((await put("ring-b", "ring-2", "ring-4")).status).toBe(200);
    expect((await put("ring-c", "ring-3", "ring-1")).status).toBe(201);
  });
});

describe("a simulation", () => {
  it("shows every step of each event, and delivers nothing", async () => {
    await platform.json("PUT", "/v1/pipelines/shown", {
      ...notes("info"),
      filter: "data.skip != TRUE",
      steps: [
        { use: "defaults", with: { level: "info" } },
        { use: "defaults", with: { seen: true } },
      ],
    });
    const { status, body } = await platform.json("POST", "/v1/pipelines/shown/simulate", {
      events: [
        { id: "s-1", text: "a" },
        { type: "note", data: { skip: true } },
      ],
    });

    expect(status, JSON.stringify(body)).toBe(200);
    const data = { id: "s-1", text: "a" };
    expect(body).toMatchObject({
      version: 1,
      events: [
        {
          outcome: "made",
          steps: [
            { step: 0, use: "defaults", given: { data }, made: [{ data: { ...data, level: "info" } }] },
            { step: 1, use: "defaults", made: [{ data: { ...data, level: "info", seen: true } }] },
          ],
          made: [{ event: { data: { ...data, level: "info", seen: true } }, deliver: ["collection:notes"] }],
          tookMs: expect.any(Number),
        },
        { outcome: "filtered", steps: [], made: [], given: { type: "note" } },
      ],
    });
    expect(JSON.stringify(body)).not.toContain("umbelorigin");
    expect((await platform.json("GET", "/v1/collections/notes/documents/s-1")).status).toBe(404);
  });

  it("of what is no event names the place, and of an unknown pipeline is a 404", async () => {
    const bad = await platform.json<Problem>("POST", "/v1/pipelines/shown/simulate", {
      events: [{ ok: 1 }, { specversion: "1.0", id: "" }],
    });
    expect(bad.status).toBe(400);
    expect(bad.body.errors[0]?.path).toBe("events[1].id");
    const events = [{ a: 1 }];
    expect((await platform.json("POST", "/v1/pipelines/none/simulate", { events })).status).toBe(404);
  });
});

describe("an invocation", () => {
  it("answers with what the pipeline makes of the data, and has delivered it", async () => {
    await platform.json("PUT", "/v1/pipelines/now", { ...notes("info"), topic: "now" });
    const { status, body, headers } = await platform.json("POST", "/v1/pipelines/now/invoke", { id: "i-1" });

    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toEqual({ id: "i-1", level: "info" });
    expect(headers.get("umbel-pipeline-version")).toBe("1");
    expect((await platform.json("GET", "/v1/collections/notes/documents/i-1")).body).toEqual(body);
  });

  it("of what is filtered is empty, and of what can't be delivered says why", async () => {
    await platform.json("PUT", "/v1/pipelines/picky", {
      ...notes("info"),
      topic: "now",
      filter: "data.a = 1",
    });

    expect((await platform.json("POST", "/v1/pipelines/picky/invoke", { a: 2 })).status).toBe(204);
    const refused = await platform.json<Problem>("POST", "/v1/pipelines/picky/invoke", { a: 1, id: {} });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      code: "event-rejected",
      detail: expect.stringContaining("data.id"),
    });
    expect((await platform.json("POST", "/v1/pipelines/none/invoke", {})).status).toBe(404);
  });
});

describe("versions", () => {
  it("rise with each change, are all kept, and a former one comes back as a new one, while events flow", async () => {
    const declare = (level: string) =>
      platform.json<{ version: number }>("PUT", "/v1/pipelines/living", { ...notes(level), topic: "living" });
    const levels = new NoteLevels(platform);
    await declare("first");
    let sent = 0;
    const flowing = new AbortController();
    const flow = (async () => {
      while (!flowing.signal.aborted) {
        const { status } = await platform.json("POST", "/v1/topics/living/events", { id: `v-${sent}` });
        expect(status).toBe(202);
        sent += 1;
      }
    })();
    await levels.of(["v-0"]);
    expect((await declare("second")).body.version).toBe(2);
    const failing = await platform.json("PUT", "/v1/pipelines/living", {
      ...notes("third"),
      topic: "living",
      examples: [{ given: {}, expect: { level: "other" } }],
    });
    expect(failing.status).toBe(422);
    await levels.made("second");
    const back = await platform.json("POST", "/v1/pipelines/living/rollback", { version: 1 });
    expect(back.body).toMatchObject({ version: 3, restores: 1, steps: [{ with: { level: "first" } }] });
    flowing.abort();
    await flow;
    await platform.json("POST", "/v1/topics/living/events", { id: "v-last" });

    const versions = await platform.json<{ versions: { version: number }[] }>(
      "GET",
      "/v1/pipelines/living/versions",
    );
    expect(versions.body.versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    const found = await levels.of([...Array.from({ length: sent }, (_, n) => `v-${n}`), "v-last"]);
    expect(found[0]).toBe("first");
    expect(found).toContain("second");
    expect(found.at(-1)).toBe("first");
  });

  it("that there are not can't come back", async () => {
    await platform.json("PUT", "/v1/pipelines/short", notes("info"));
    const { status, body } = await platform.json("POST", "/v1/pipelines/short/rollback", { version: 9 });

    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "unknown-version", detail: expect.stringContaining("there is: 1") });
    expect((await platform.json("POST", "/v1/pipelines/none/rollback", { version: 1 })).status).toBe(404);
    expect((await platform.json("GET", "/v1/pipelines/none/versions")).status).toBe(404);
  });

  it("go on where they ended when a pipeline is deleted and made again", async () => {
    await platform.json("PUT", "/v1/pipelines/again", notes("info"));
    await platform.json("DELETE", "/v1/pipelines/again");
    const { status, body } = await platform.json("PUT", "/v1/pipelines/again", notes("info"));

    expect(status).toBe(201);
    expect(body).toMatchObject({ version: 2 });
  });
});

describe("a topic", () => {
  it("keeps events for as long as its user says, and says so with its ledger", async () => {
    const set = { retentionMs: 3_600_000, dedupeMs: 0 };
    const put = await platform.json("PUT", "/v1/topics/brief", set);
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    expect((await platform.json("GET", "/v1/topics/brief")).body).toMatchObject({
      topic: "brief",
      pipelines: [],
      settings: { ...set, retentionBytes: 2 * 1024 ** 3 },
      events: { accepted: 0, inFlight: 0 },
    });
    const wrong = await platform.json<Problem>("PUT", "/v1/topics/brief", { retentionMs: 1, keep: "all" });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors.map(({ path }) => path).toSorted()).toEqual(["keep", "retentionMs"]);
  });
});

describe("a collection's own pipeline", () => {
  beforeAll(async () => {
    await platform.json("PUT", "/v1/pipelines/polish", {
      topic: "polish",
      steps: [{ use: "defaults", with: { level: "info", seen: true } }],
      deliver: [{ reply: true }],
    });
    await platform.json("PUT", "/v1/pipelines/few", {
      topic: "few",
      steps: [{ use: "defaults", with: { limit: 2, sort: ["-n"] } }],
      deliver: [{ reply: true }],
    });
    const declared = await platform.json("PUT", "/v1/collections/polished", {
      fields: { level: { type: "keyword" }, n: { type: "number" } },
      pipeline: "polish",
      searchPipeline: "few",
    });
    expect(declared.status, JSON.stringify(declared.body)).toBe(201);
    expect(declared.body).toMatchObject({ pipeline: "polish", searchPipeline: "few" });
  });

  it("decorates documents before they are stored, one by one and in bulk", async () => {
    const one = await platform.json("PUT", "/v1/collections/polished/documents/p-1", { n: 1, level: "warn" });
    expect(one.status, JSON.stringify(one.body)).toBe(201);
    const bulk = await platform.json("POST", "/v1/collections/polished/documents", [
      { id: "p-2", n: 2 },
      { id: "p-3", n: 3, level: 7 },
      { n: 4, id: "p-4" },
    ]);
    expect(bulk.body).toMatchObject({ written: 2, failed: 1, failures: [{ line: 2, id: "p-3" }] });

    const read = async (id: string) =>
      (await platform.json("GET", `/v1/collections/polished/documents/${id}`)).body;
    expect(await read("p-1")).toEqual({ id: "p-1", n: 1, level: "warn", seen: true });
    expect(await read("p-2")).toEqual({ id: "p-2", n: 2, level: "info", seen: true });
  });

  it("decorates what a patch makes of a document", async () => {
    const path = "/v1/collections/polished/documents/p-1";
    const before = await platform.json("GET", path);
    const patch = (body: object, headers = {}) => platform.json<Problem>("PATCH", path, body, headers);
    expect((await patch({ level: null, seen: null, patched: true })).status).toBe(200);
    expect((await platform.json("GET", path)).body).toEqual({
      id: "p-1",
      n: 1,
      level: "info",
      seen: true,
      patched: true,
    });

    const etag = before.headers.get("etag") ?? "";
    expect((await patch({ level: "warn" }, { "if-match": etag })).status).toBe(412);
    expect((await patch({ id: "p-9" })).body.code).toBe("invalid-id");
    // What is there for the tests after this one.
    expect((await patch({ level: "warn", patched: null }, { "if-match": "*" })).status).toBe(200);
    const absent = "/v1/collections/polished/documents/p-nowhere";
    expect((await platform.json("PATCH", absent, { n: 1 })).status).toBe(404);
  });

  it("decorates what events write, too", async () => {
    await platform.json("PUT", "/v1/pipelines/into-polished", {
      topic: "into-polished",
      deliver: [{ collection: "polished" }],
    });
    const { status } = await platform.json("POST", "/v1/pipelines/into-polished/invoke", { id: "p-0", n: 0 });
    expect(status).toBe(200);
    expect((await platform.json("GET", "/v1/collections/polished/documents/p-0")).body).toEqual({
      id: "p-0",
      n: 0,
      level: "info",
      seen: true,
    });
  });

  it("decorates searches before they are run", async () => {
    const search = async (body: object) =>
      (
        await platform.json<{ hits: { id: string }[] }>("POST", "/v1/collections/polished/search", body)
      ).body.hits.map(({ id }) => id);

    expect(await search({})).toEqual(["p-4", "p-2"]);
    expect(await search({ limit: 3, sort: ["n"] })).toEqual(["p-0", "p-1", "p-2"]);
    const byQuery = await platform.json("GET", "/v1/collections/polished/search?limit=1");
    expect(byQuery.body).toMatchObject({ hits: [{ id: "p-4" }] });
    expect((await platform.json("POST", "/v1/collections/polished/search", { limt: 3 })).status).toBe(400);
  });

  it("has to be there, and is not deleted while it is used", async () => {
    const unknown = await platform.json<Problem>("PUT", "/v1/collections/other", {
      fields: {},
      pipeline: "none",
    });
    expect(unknown.status).toBe(400);
    expect(unknown.body.errors[0]?.path).toBe("pipeline");
    expect((await platform.json("DELETE", "/v1/pipelines/polish")).status).toBe(409);
    const without = { fields: { level: { type: "keyword" }, n: { type: "number" } } };
    expect((await platform.json("PUT", "/v1/collections/polished", without)).status).toBe(200);
    expect((await platform.json("DELETE", "/v1/pipelines/polish")).status).toBe(204);
  });
});
