import { expect, it } from "vitest";
import { fieldsOfType } from "../../../core/collection.ts";
import { filterTypes } from "../../../core/query/filter-types.ts";
import { collectionOf } from "../collection-of.ts";

const { fields } = collectionOf();

it("lists fields by their types, in the order of their declaration", () => {
  expect(fieldsOfType(fields, "text")).toEqual(["title", "plot"]);
  expect(fieldsOfType(fields, "boolean", "number")).toEqual(["year", "adult"]);
  expect(fieldsOfType({}, "text")).toEqual([]);
});

it("lets a filter name the declared fields and the id", () => {
  expect(filterTypes(fields)).toEqual({
    id: "keyword",
    title: "text",
    plot: "text",
    genre: "keyword",
    year: "number",
    released: "date",
    adult: "boolean",
  });
});
