import { expect, it } from "vitest";
import { costOf } from "../../../core/prices.ts";

const MILLION = 1_000_000;

it.each([
  ["a million Durable Object requests at $0.15", { doRequests: MILLION, rowsRead: 0, rowsWritten: 0 }, 0.15],
  ["a million rows read at $0.001", { doRequests: 0, rowsRead: MILLION, rowsWritten: 0 }, 0.001],
  ["a million rows written at $1", { doRequests: 0, rowsRead: 0, rowsWritten: MILLION }, 1],
])("prices %s, beside the one request to the root", (_, used, usd) => {
  expect(costOf(used).usd).toBe(Number((usd + 0.3 / MILLION).toPrecision(6)));
});

it("names what was used beside its price, which has no digits from rounding", () => {
  const cost = costOf({ doRequests: 4, rowsRead: 123, rowsWritten: 0 });

  expect(cost).toEqual({ doRequests: 4, rowsRead: 123, rowsWritten: 0, usd: 0.000001023 });
});
