import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import {
  AGGREGATIONS_MAX,
  aggregationRequests,
  type AggregationInput,
} from "../../../core/query/aggregation-request.ts";

const fields: Fields = {
  rating: { type: "number" },
  genre: { type: "keyword" },
  title: { type: "text" },
  released: { type: "date" },
  adult: { type: "boolean" },
};

describe("a request for aggregations", () => {
  it("becomes what leaves work by, in its order", () => {
    const { requests, errors } = aggregationRequests(
      {
        avgRating: { avg: "rating" },
        p: { percentiles: "rating", at: [50, 99] },
        byGenre: { sum: "rating", by: "genre", limit: 20 },
        first: { min: "released" },
      },
      fields,
    );
    expect(errors).toEqual([]);
    expect(requests).toEqual([
      { name: "avgRating", kind: "avg", field: "rating", type: "number", at: [], limit: 100 },
      { name: "p", kind: "percentiles", field: "rating", type: "number", at: [50, 99], limit: 100 },
      { name: "byGenre", kind: "sum", field: "rating", type: "number", at: [], by: "genre", limit: 20 },
      { name: "first", kind: "min", field: "released", type: "date", at: [], limit: 100 },
    ]);
  });

  it("has percentages of its own when it names none", () => {
    expect(aggregationRequests({ p: { percentiles: "rating" } }, fields).requests[0]?.at).toEqual([
      50, 95, 99,
    ]);
  });

  it.each([
    ["an unknown field", { avg: "votes" }, "a.avg", "votes is not a field of the collection"],
    [
      "a name that objects inherit",
      { count: "constructor" },
      "a.count",
      "constructor is not a field of the collection",
    ],
    ["an unknown group", { avg: "rating", by: "author" }, "a.by", "author is not a field of the collection"],
    ["a text", { count: "title" }, "a.count", "title is text, which is searched and not aggregated"],
    [
      "groups by text",
      { avg: "rating", by: "title" },
      "a.by",
      "title is text, which is searched and not aggregated",
    ],
    ["the sum of a keyword", { sum: "genre" }, "a.sum", "genre is a keyword; sum is for numbers"],
    ["the mean of dates", { avg: "released" }, "a.avg", "released is a date; avg is for numbers"],
    [
      "percentiles of dates",
      { percentiles: "released" },
      "a.percentiles",
      "released is a date; percentiles is for numbers",
    ],
    ["the least boolean", { min: "adult" }, "a.min", "adult is a boolean; min is for numbers and dates"],
    ["no kind", { by: "genre" }, "a", "takes one of min, max, sum, avg, count, distinct, percentiles"],
    [
      "two kinds",
      { min: "rating", max: "rating" },
      "a",
      "takes one of min, max, sum, avg, count, distinct, percentiles",
    ],
    [
      "a percentage above 100",
      { percentiles: "rating", at: [50, 100.1] },
      "a.at",
      "has percentages from 0 to 100",
    ],
    ["a percentage below 0", { percentiles: "rating", at: [-1] }, "a.at", "has percentages from 0 to 100"],
    [
      "a percentage that is none",
      { percentiles: "rating", at: [Number.NaN] },
      "a.at",
      "has percentages from 0 to 100",
    ],
    ["no percentage", { percentiles: "rating", at: [] }, "a.at", "has 1 to 32 percentages"],
    ["percentages of a sum", { sum: "rating", at: [50] }, "a.at", "belongs to percentiles"],
    [
      "a limit without groups",
      { sum: "rating", limit: 5 },
      "a.limit",
      "belongs to groups: name a field with by",
    ],
    [
      "too large a limit",
      { sum: "rating", by: "genre", limit: 1_001 },
      "a.limit",
      "is a whole number from 1 to 1000",
    ],
    [
      "too large a limit of sketches",
      { distinct: "rating", by: "genre", limit: 101 },
      "a.limit",
      "is a whole number from 1 to 100",
    ],
  ])("is refused with its place for %s", (_, aggregation, path, message) => {
    const { requests, errors } = aggregationRequests({ a: aggregation }, fields);
    expect(errors).toEqual([{ path: `aggregations.${path}`, message }]);
    expect(requests).toEqual([]);
  });

  it("names everything that is wrong at once", () => {
    const { errors } = aggregationRequests({ a: { avg: "votes", by: "title" }, b: {} }, fields);
    expect(errors.map(({ path }) => path)).toEqual([
      "aggregations.a.avg",
      "aggregations.a.by",
      "aggregations.b",
    ]);
  });

  it("counts and tells apart values of any type but text", () => {
    const input = Object.fromEntries<AggregationInput>(
      ["rating", "genre", "released", "adult"].flatMap((field): [string, AggregationInput][] => [
        [`count ${field}`, { count: field }],
        [`distinct ${field}`, { distinct: field }],
      ]),
    );
    expect(aggregationRequests(input, fields).errors).toEqual([]);
  });

  it("has a bounded number of aggregations", () => {
    const names = Array.from({ length: AGGREGATIONS_MAX + 1 }, (_, index): [string, AggregationInput] => [
      `a${index}`,
      { count: "rating" },
    ]);
    expect(aggregationRequests(Object.fromEntries<AggregationInput>(names), fields).errors).toEqual([
      { path: "aggregations", message: "there are at most 16 aggregations" },
    ]);
  });
});
