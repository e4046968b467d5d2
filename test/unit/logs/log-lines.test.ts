/** What Workers log, by their sources: one JSON object a line, which says what happened and nothing that is the user's. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const sources = ["core", "root-worker", "shard-workers", "decorators"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => `${folder}/${name}`),
);

/** Each call with all that it is given. */
const calls = sources.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/console\.(?:log|error|warn|info|debug)\(([\s\S]*?)\);?\n/g)].map(
    ([, given = ""]) => ({ file, given }),
  ),
);

it("is there", () => {
  expect(calls.length).toBeGreaterThan(40);
});

it("every line is made of JSON", () => {
  const texts = calls.filter(({ given }) => !/^\s*JSON\.stringify\(/.test(given));
  // The driver of reshards gives its lines as JSON.
  expect(texts.map(({ file }) => file)).toEqual(["shard-workers/documents/resharding/coordinator.ts"]);
});

it("no line has an event's data, a document, a body, a header, a key or a token", () => {
  const told = calls.filter(({ given }) =>
    /\b(?:data|document|body|headers?|secret|token|authorization|env|payload|value)\b(?!s?"|-)/i.test(
      given.replaceAll(/"[^"]*"/g, ""),
    ),
  );
  expect(told).toEqual([]);
});
