import { expect, it } from "vitest";
import { fieldsOfType, notBefore, refOf } from "../../../core/collection.ts";
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

it("a reference to what has answered before asks for nothing older, and for no less than a bookmark does", () => {
  const collection = collectionOf({ shards: 3 });
  const bookmarked = { ...collection, minSequences: { 0: 5, 2: 8 } };
  const sequences = new Map([
    [0, 3],
    [1, 4],
    [2, 9],
  ]);

  expect(refOf(notBefore(bookmarked, sequences)).minSequences).toEqual({ 0: 5, 1: 4, 2: 9 });
  expect(refOf(notBefore(collection, sequences)).minSequences).toEqual({ 0: 3, 1: 4, 2: 9 });
  expect(bookmarked.minSequences).toEqual({ 0: 5, 2: 8 });
});
