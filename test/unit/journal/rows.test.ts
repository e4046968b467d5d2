import { expect, it } from "vitest";
import { ROW_BYTES_MAX, ROW_MARKS_MAX } from "../../../shard-workers/journal/limits.ts";
import { cutIntoRows, type Entry } from "../../../shard-workers/journal/rows.ts";

const entry = (bytes: number): Entry => ({ id: "1", source: "/s", json: "{}", bytes });
const sizes = (rows: Entry[][]): number[] => rows.map((row) => row.length);

it("a usual batch is one row", () => {
  expect(
    sizes(
      cutIntoRows(
        Array.from({ length: 1000 }, () => entry(1_000)),
        1,
      ),
    ),
  ).toEqual([1000]);
});

it("a batch of more than a row's bytes is cut between events", () => {
  const rows = cutIntoRows(
    Array.from({ length: 25 }, () => entry(98_304)),
    1,
  );

  expect(sizes(rows)).toEqual([10, 10, 5]);
  expect(Math.max(...rows.map((row) => row.reduce((sum, { bytes }) => sum + bytes, 0)))).toBeLessThan(
    ROW_BYTES_MAX,
  );
});

it("many pipelines make shorter rows, so that a block's marks stay bounded", () => {
  const entries = Array.from({ length: 1000 }, () => entry(100));

  expect(sizes(cutIntoRows(entries, 32))).toEqual([256, 256, 256, 232]);
  expect(sizes(cutIntoRows(entries.slice(0, 2), ROW_MARKS_MAX * 2))).toEqual([1, 1]);
});

it("nothing is no row", () => {
  expect(cutIntoRows([], 1)).toEqual([]);
});
