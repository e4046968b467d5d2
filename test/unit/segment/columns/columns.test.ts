import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues } from "../../../../core/document/values.ts";
import { codesFrom, valuesOf, type ColumnView } from "../../../../shard-workers/segment/columns/column.ts";
import {
  documentsOf,
  encodeParts,
  FIELDS,
  liveView,
  mergedView,
  readerOf,
  sourceOf,
  viewOf,
  type TestDocument,
} from "./support.ts";
import { columnModule } from "../../../../shard-workers/segment/columns/index.ts";

function byValue(a: unknown, b: unknown): number {
  if (a === b) return 0;
  return (a as string) < (b as string) ? -1 : 1; // values of one type compare as they are
}

/** Every field of every document: what the columns hold, and what the documents hold, sorted. */
function contents(view: ColumnView): unknown[][] {
  return Object.keys(FIELDS).map((field) =>
    Array.from({ length: view.documents }, (_, ordinal) => {
      const column = view.columns.column(field);
      return column === undefined ? [] : valuesOf(view, field, column, ordinal).toSorted(byValue);
    }),
  );
}

function expected(documents: readonly TestDocument[]): unknown[][] {
  return Object.entries(FIELDS).map(([field, { type }]) =>
    documents.map(({ value }) => fieldValues(value, field, type).toSorted(byValue)),
  );
}

describe("columns", () => {
  it("hold what documents hold, while they are live", () => {
    fc.assert(
      fc.property(documentsOf(40), (documents) => {
        expect(contents(liveView(documents))).toEqual(expected(documents));
      }),
    );
  });

  it("hold it after a flush, and after merges that leave documents out", () => {
    fc.assert(
      fc.property(documentsOf(40), fc.nat(40), fc.func(fc.boolean()), (documents, cut, isGone) => {
        const gone = new Set(documents.map(({ id }) => id).filter((id) => isGone(id)));
        const halves = [documents.slice(0, cut), documents.slice(cut)].map((half, index) => {
          const live = { view: liveView(half), documents: half };
          return index === 0 ? live : mergedView([live]);
        });
        const merged = mergedView(halves, gone);
        expect(merged.documents.length).toBe(documents.length - gone.size);
        expect(contents(merged.view)).toEqual(expected(merged.documents));
      }),
    );
  });

  it("have no parts for a field without values, and read as empty", () => {
    const documents = [{ id: "1", value: { n: 1 } }];
    const parts = encodeParts(FIELDS, 1, [sourceOf(liveView(documents), [], 0)]);
    expect([...parts.keys()].every((name) => name.startsWith("column/number/n/"))).toBe(true);
    const columns = columnModule.open(FIELDS, 1, readerOf(parts));
    expect(columns.column("k")).toBeUndefined();
    expect(columns.column("undeclared")).toBeUndefined();
  });

  it("do not show values under a type that the field did not have", () => {
    const documents = [{ id: "1", value: { n: 1 } }];
    const parts = encodeParts(FIELDS, 1, [sourceOf(liveView(documents), [], 0)]);
    expect(columnModule.open({ n: { type: "date" } }, 1, readerOf(parts)).column("n")).toBeUndefined();
  });

  it("hold the same value several times in a document", () => {
    const documents = [
      { id: "1", value: { b: [false, false], k: ["a"] } },
      { id: "2", value: { b: false, k: ["a", "a", "a"] } },
    ];
    const { view } = mergedView([{ view: liveView(documents), documents }]);
    expect(contents(view)).toEqual(expected(documents));
  });

  it("forget what only documents held that are gone", () => {
    const documents = [
      { id: "1", value: { k: "secret" } },
      { id: "2", value: { k: "kept" } },
    ];
    const parts = encodeParts(FIELDS, 1, [sourceOf(liveView(documents), [false, true], 0)]);
    const stored = [...parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    expect(stored).toContain("kept");
    expect(stored).not.toContain("secret");
  });

  it("take documents that were passed over as without values", () => {
    const live = columnModule.createLive({ n: { type: "number" } });
    live.add(3, { n: 5 });
    const view = viewOf(
      live,
      Array.from({ length: 4 }, (_, index) => ({ id: String(index), value: {} })),
    );
    const column = view.columns.column("n");
    if (column === undefined) throw new Error("no column");
    expect([0, 1, 2, 3].map((ordinal) => valuesOf(view, "n", column, ordinal))).toEqual([[], [], [], [5]]);
  });

  it("keep what they showed while documents come", () => {
    const live = columnModule.createLive({ k: { type: "keyword" } });
    live.add(0, { k: "b" });
    const before = live.column("k");
    live.add(1, { k: ["a", "c"] });
    if (before?.table.kind !== "texts") throw new Error("no texts");
    live.add(2, { k: "0" });
    const after = live.column("k");
    expect(before.table.at(before.codes[codesFrom(before, 0)] ?? 0)).toBe("b");
    if (after?.table.kind !== "texts") throw new Error("no texts");
    const { table } = after;
    expect(Array.from(after.codes, (code) => table.at(code))).toEqual(["b", "a", "c", "0"]);
    live.add(3, { k: "1" });
    expect(live.column("k")?.table).toMatchObject({ size: 5 });
    expect(live.column("k")?.codes).toEqual(Uint32Array.of(4, 3, 5, 1, 2));
    expect(live.bytes).toBeGreaterThan(0);
  });
});

describe("the encoding of numbers", () => {
  function encoded(values: unknown[]): { view: ColumnView; bytes: number; kind: string | undefined } {
    const documents = values.map((n, index) => ({ id: String(index), value: { n } }));
    const fields = { n: FIELDS["n"] ?? { type: "number" as const } };
    const parts = encodeParts(fields, values.length, [sourceOf(liveView(documents, fields), [], 0)]);
    const codes = [...parts]
      .filter(([name]) => !name.endsWith("/meta"))
      .reduce((sum, [, bytes]) => sum + bytes.length, 0);
    const view = viewOf(columnModule.open(fields, values.length, readerOf(parts)), documents);
    expect(
      values.map((_, ordinal) => {
        const column = view.columns.column("n");
        return column === undefined ? undefined : valuesOf(view, "n", column, ordinal)[0];
      }),
    ).toEqual(values);
    return { view, bytes: codes, kind: view.columns.column("n")?.table.kind };
  }
  const length = 2_000;
  const sequence = (value: (index: number) => unknown): unknown[] =>
    Array.from({ length }, (_, index) => value(index));

  it.each([
    ["nothing, when all are the same", sequence(() => 42.125), 0],
    ["a byte for years", sequence((index) => 1_900 + (index % 120)), 1],
    ["a byte for ratings with a decimal", sequence((index) => (index % 101) / 10), 1],
    ["two bytes for prices", sequence((index) => (index % 1_900) + 0.99), 2],
    ["two bytes for days over a century", sequence((index) => index * 18 * 86_400_000), 2],
    ["four bytes for large counts", sequence((index) => index * 1_000_003 + (index % 7)), 4],
    ["eight for any double", sequence((index) => Math.sqrt(index + 0.5)), 8],
    [
      "a byte for a few doubles, whatever they are",
      sequence((index) => [Math.PI, Math.E, 1e300][index % 3]),
      1,
    ],
  ])("takes %s", (_, values, bytesPerValue) => {
    expect(Math.floor(encoded(values).bytes / length)).toBe(bytesPerValue);
  });

  it("knows a missing value from every number", () => {
    expect(encoded([0, undefined, 1, undefined]).kind).toBe("numbers");
    expect(encoded([Math.PI, undefined, 2 ** 60, 1e-300, undefined]).kind).toBe("numbers");
    expect(encoded(sequence((index) => (index % 10 === 0 ? undefined : index / 7))).kind).toBe("raw");
  });
});

describe("the encoding of texts", () => {
  it("splits a large dictionary and a large column into parts", () => {
    const fields = { k: { type: "keyword" as const } };
    const documents = Array.from({ length: 600 }, (_, index) => ({
      id: String(index),
      value: {
        k: Array.from({ length: 1_000 }, (__, at) => `${(index * 31 + at) % 20_000} of many values`),
      },
    }));
    const parts = encodeParts(fields, documents.length, [sourceOf(liveView(documents, fields), [], 0)]);
    for (const pieces of [/\/codes\./, /\/texts\./]) {
      expect([...parts.keys()].filter((name) => pieces.test(name)).length).toBeGreaterThan(1);
    }
    const view = viewOf(columnModule.open(fields, documents.length, readerOf(parts)), documents);
    const column = view.columns.column("k");
    if (column === undefined) throw new Error("no column");
    for (const ordinal of [0, 299, 599]) {
      expect(valuesOf(view, "k", column, ordinal)).toEqual(documents[ordinal]?.value.k.toSorted());
    }
  });
});
