import { expect, it } from "vitest";
import { selectFields } from "../../../../core/document/select.ts";

const document = {
  id: "1",
  title: "Jaws",
  year: 1975,
  "a.b": "a name with a dot",
  cast: [{ name: "Roy", role: { name: "Brody", job: "chief" } }, { name: "Robert" }, 7],
  meta: { source: { url: "u", at: 1 }, tags: ["x", "y"], none: null },
};

it.each<[string, string[], object]>([
  ["nothing but the id", [], { id: "1" }],
  ["a field", ["title"], { id: "1", title: "Jaws" }],
  ["the id once", ["id", "year"], { id: "1", year: 1975 }],
  [
    "no field that there is not",
    ["nope", "title.x.y", "__proto__", "constructor"],
    { id: "1", title: "Jaws" },
  ],
  ["a path", ["meta.source.url"], { id: "1", meta: { source: { url: "u" } } }],
  [
    "two paths that begin alike",
    ["meta.source.url", "meta.tags"],
    { id: "1", meta: { source: { url: "u" }, tags: ["x", "y"] } },
  ],
  [
    "the whole, where a path and what it leads into are named",
    ["meta", "meta.tags"],
    { id: "1", meta: document.meta },
  ],
  ["a path through an array", ["cast.name"], { id: "1", cast: [{ name: "Roy" }, { name: "Robert" }, 7] }],
  [
    "a path through objects of an array",
    ["cast.role.job"],
    { id: "1", cast: [{ role: { job: "chief" } }, {}, 7] },
  ],
  ["a null", ["meta.none"], { id: "1", meta: { none: null } }],
])("selects %s", (_, paths, expected) => {
  expect(selectFields(document, paths)).toEqual(expected);
});

it("keeps the document's order of members, and the document", () => {
  const before = structuredClone(document);

  expect(Object.keys(selectFields(document, ["year", "title"]))).toEqual(["id", "title", "year"]);
  expect(document).toEqual(before);
});
