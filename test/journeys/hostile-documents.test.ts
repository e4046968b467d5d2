/**
 * Documents that nobody expects, over HTTP and through all Workers: each is stored and found, or refused by itself, and the
 * leaf that it met goes on.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { SearchAnswer } from "../../root-worker/query/request.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  const { status } = await platform.json("PUT", "/v1/collections/odd", {
    shards: 1,
    fields: {
      title: { type: "text", language: "english" },
      plain: { type: "text" },
      kind: { type: "keyword" },
      "at.deep": { type: "number" },
    },
  });
  expect(status).toBe(201);
});

interface Written {
  written: number;
  failed: number;
  failures: { line: number; id?: string; code: string; message: string }[];
}

/** Writes lines, good neighbours around them. */
async function write(...lines: string[]): Promise<Written> {
  const response = await platform.fetch("/v1/collections/odd/documents", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: ['{"id":"before","plain":"neighbour"}', ...lines, '{"id":"after","plain":"neighbour"}'].join("\n"),
  });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as Written;
  // The neighbours are written, and found: the leaf lives.
  expect((await search({ q: "neighbour", sort: ["id"] })).hits.map(({ id }) => id)).toEqual([
    "after",
    "before",
  ]);
  return answer;
}

async function search(request: object): Promise<SearchAnswer> {
  const { status, body } = await platform.json<SearchAnswer>("POST", "/v1/collections/odd/search", request);
  expect(status, JSON.stringify(body).slice(0, 500)).toBe(200);
  return body;
}

async function ids(request: object): Promise<string[]> {
  return (await search({ sort: ["id"], ...request })).hits.map(({ id }) => id);
}

describe("a document that is stored and found", () => {
  it("holds a word of nearly a million characters", async () => {
    const id = "long-word";
    const answer = await write(JSON.stringify({ id, title: "x".repeat(999_000), plain: "y".repeat(10) }));

    expect(answer).toMatchObject({ written: 3, failed: 0 });
    expect(await ids({ q: "x".repeat(64) })).toEqual([id]);
    expect(await ids({ q: "xxxxxxxx*" })).toEqual([id]);
    const { hits } = await search({ q: "xxxx*", highlight: ["title"], select: ["id"] });
    expect(hits[0]?.highlights?.["title"]?.join("").length).toBeLessThan(2_000_000);
  });

  it.each([
    ["nul-characters", "one\u0000two three\u0000"],
    ["emoji", "👩‍👩‍👧 rocket 🚀 two"],
    ["lone-surrogates", "\ud800 two \udfff"],
    ["right-to-left", "two \u202e كتاب עברית"],
    ["combining", `two e${"\u0301".repeat(5_000)}`],
    ["unspaced", `two ${"東京大学".repeat(5_000)}`],
    ["ligatures", "two \ufdfa ﬁ Ⅷ ½"],
    ["byte-order-mark", "\ufeff two"],
    ["control", "\u0001\u0007\u001b[2J two \u007f\u009f"],
    ["markup", "<script>two</script> ]]> '; DROP TABLE segment_rows; --"],
  ])("holds %s", async (id, text) => {
    const answer = await write(JSON.stringify({ id, title: text, plain: text, kind: text.slice(0, 500) }));

    expect(answer).toMatchObject({ written: 3, failed: 0 });
    expect(await ids({ q: "two", limit: 100 })).toContain(id);
    const read = await platform.json<{ title: string; kind: string }>(
      "GET",
      `/v1/collections/odd/documents/${id}`,
    );
    expect(read.body).toMatchObject({ title: text, kind: text.slice(0, 500) });
    const { hits } = await search({ q: "two", highlight: ["title"], limit: 100 });
    expect(hits.find((hit) => hit.id === id)?.highlights?.["title"]?.join("")).toContain("<mark>two</mark>");
  });

  it("has ten thousand fields, names that objects have, and values of all kinds beside the declared", async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`field-${n}.é"'`, n]));
    const many = JSON.stringify({ id: "many-fields", plain: "fields", ...fields });
    const names = '{"id":"names","plain":"fields","__proto__":{"a":1},"constructor":2,"toString":"x","":[]}';

    expect(await write(many, names)).toMatchObject({ written: 4, failed: 0 });
    expect(await ids({ q: "fields" })).toEqual(["many-fields", "names"]);
    const read = await platform.fetch("/v1/collections/odd/documents/names");
    expect(JSON.parse(await read.text())).toEqual(JSON.parse(names));
  });

  it("is nested as deep as is allowed", async () => {
    const deep = `{"id":"deep","plain":"nesting","at":${'{"a":'.repeat(62)}1${"}".repeat(62)}}`;

    expect(await write(deep)).toMatchObject({ written: 3, failed: 0 });
    expect(await ids({ q: "nesting" })).toEqual(["deep"]);
  });

  it("has a hundred thousand values in a field, and as many words", async () => {
    const kind = Array.from({ length: 60_000 }, (_, n) => `k${n}`);
    const plain = Array.from({ length: 150_000 }, (_, n) => "ab"[n % 2]).join(" ");

    expect(
      await write(JSON.stringify({ id: "values", kind }), JSON.stringify({ id: "words", plain })),
    ).toMatchObject({ written: 4, failed: 0 });
    expect(await ids({ filter: "kind = 'k59999'" })).toEqual(["values"]);
    expect(await ids({ q: '"a b a b a"' })).toEqual(["words"]);
    const { facets } = await search({ facets: ["kind"], filter: "kind = 'k7'" });
    expect(facets?.["kind"]?.buckets).toHaveLength(10);
  });
});

describe("a document that is refused", () => {
  it.each([
    ["is too large", JSON.stringify({ id: "x", plain: "x ".repeat(600_000) }), "document-too-large"],
    ["is nested too deep", `{"id":"x","a":${"[".repeat(500)}${"]".repeat(500)}}`, "invalid-document"],
    ["is nested as deep as a line is long", `{"id":"x","a":${"[".repeat(100_000)}`, "invalid-json"],
    ["is no JSON", '{"id":"x",}', "invalid-json"],
    ["has a nul in its id", '{"id":"a\\u0000b"}', "invalid-id"],
    ["has half a character in its id", '{"id":"a\\ud800"}', "invalid-id"],
    ["has an id that is too long", JSON.stringify({ id: "é".repeat(129) }), "invalid-id"],
    ["has a value of another type", '{"id":"x","at":[{"deep":"no number"}]}', "invalid-document"],
    ["has a number that is none", '{"id":"x","at":{"deep":1e999}}', "invalid-document"],
  ])("because it %s is named, and its neighbours are written", async (_, line, code) => {
    const answer = await write(line);

    expect(answer).toMatchObject({ written: 2, failed: 1 });
    expect(answer.failures).toMatchObject([{ line: 2, code }]);
  });
});

describe("a document of a collection with a pipeline", () => {
  const path = "/v1/collections/piped/documents";
  const deep = `{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`;

  beforeAll(async () => {
    await platform.json("PUT", "/v1/pipelines/plain", { topic: "plain", deliver: [{ reply: true }] });
    const declared = await platform.json("PUT", "/v1/collections/piped", { fields: {}, pipeline: "plain" });
    expect(declared.status, JSON.stringify(declared.body)).toBe(201);
  });

  it("is named when it is nested too deep to be sent through it, and its neighbours are written", async () => {
    const response = await platform.fetch(path, {
      method: "POST",
      body: `[{"id":"1"},${deep},{"id":"3"}]`,
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      written: 2,
      failed: 1,
      failures: [{ line: 2, code: "invalid-document" }],
    });
  });

  it.each([
    ["it is nested too deep", deep, "invalid-document"],
    ["its id is another", '{"id":"2"}', "invalid-id"],
  ])("is refused under its path because %s", async (_, body, code) => {
    const response = await platform.fetch(`${path}/1`, { method: "PUT", body });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
  });
});

describe("a query that nobody expects", () => {
  it.each([
    ["nul characters", { q: "two\u0000 \u0000" }],
    ["half characters", { q: "\ud800two" }],
    ["a pictograph's parts", { q: "👩‍👩‍👧 \u200d \ufe0f" }],
    ["operators alone", { q: '+ - " "" * +* -* : +"' }],
    [
      "a filter of many conditions",
      { filter: Array.from({ length: 300 }, (_, n) => `kind = 'k${n}'`).join(" OR ") },
    ],
    ["a filter on a nul", { filter: "kind = '\u0000'" }],
    ["names that objects have", { q: "constructor:x __proto__:y toString:z" }],
  ])("is answered: %s", async (_, request) => {
    expect((await search(request)).leaves).toMatchObject({ failed: [] });
  });

  it.each([
    ["a word of ten thousand characters", { q: "x".repeat(10_000) }, "invalid-request"],
    ["three hundred words", { q: Array.from({ length: 300 }, (_, n) => `w${n}`).join(" ") }, "invalid-query"],
    [
      "a filter as deep as it is long",
      { filter: `${"(".repeat(4_000)}kind${")".repeat(4_000)}` },
      "invalid-filter",
    ],
    ["a name that objects have", { sort: ["constructor"] }, "unknown-field"],
    ["a facet that objects have", { facets: ["toString"] }, "unknown-field"],
  ])("is refused, with what is wrong: %s", async (_, request, code) => {
    const { status, body } = await platform.json("POST", "/v1/collections/odd/search", request);

    expect(body).toMatchObject({ code });
    expect(status).toBe(400);
  });
});

describe("a declaration of ten thousand fields", () => {
  it("is refused, with the number that is allowed", async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, n) => [`f${n}`, { type: "keyword" }]),
    );
    const { status, body } = await platform.json("PUT", "/v1/collections/wide", { fields });

    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("at most 64 fields");
  });
});

it("none of this made a Worker throw", () => {
  expect(platform.errors).toEqual([]);
});
