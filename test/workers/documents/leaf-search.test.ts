import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/contracts/documents.ts";
import {
  branch,
  fields,
  spec,
  declare,
  refOf,
  restart,
  put,
  write,
  planOf,
  statisticsOf,
  find,
} from "./one-leaf.ts";

describe("fields that are added", () => {
  it("are found in documents from before, and filter and facet them", async () => {
    const before = await declare({ ...spec, fields: { title: { type: "text" } } });
    await write(before, [
      put("1", { title: "Jaws", plot: "The shark attacks", genre: "Drama" }),
      put("2", { plot: 7 }),
    ]);
    expect((await find(before, "attack")).ids).toEqual([]);
    const after = await declare();
    const { ids, partial } = await find(after, "attack", {
      facets: [{ kind: "values", field: "genre", limit: 10 }],
    });

    expect(ids).toEqual(["1"]);
    expect([...(partial.facets[0]?.counts ?? [])]).toEqual([["Drama", 1]]);
    expect((await find(after, "jaws")).ids).toEqual(["1"]);
    expect(await statisticsOf(after, "attack jaws")).toEqual({
      documents: 2,
      fields: [
        { documents: 1, length: 1 },
        { documents: 1, length: 3 },
      ],
      frequencies: [1, 1],
    });
  });
});

describe("statistics", () => {
  it("after writes, changes and deletions are those of a leaf that never saw anything else", async () => {
    const worn = await declare(spec, "worn");
    const fresh = await declare(spec, "fresh");
    const words = ["shark", "sharks", "boat", "sea", "sea sea"];
    const version = (n: number, round: number) =>
      put(String(n), {
        title: words[(n * 7 + round) % 5] ?? "",
        plot: [words[(n + round) % 5], words[n % 5]],
      });
    for (const round of [0, 1, 2, 3]) {
      await write(
        worn,
        Array.from({ length: 30 }, (_, n) => version(n, round)),
      );
      if (round === 1) await restart(worn);
    }
    await write(
      worn,
      Array.from({ length: 15 }, (_, n): WriteOperation => ({ kind: "delete", id: String(2 * n) })),
    );
    await write(
      fresh,
      Array.from({ length: 15 }, (_, n) => version(2 * n + 1, 3)),
    );

    for (const q of ["shark sea boat", '"sea sea"', "s*", "-sea shark", "title:sharks", "nothing"]) {
      expect(await statisticsOf(worn, q)).toEqual(await statisticsOf(fresh, q));
      expect((await find(worn, q)).partial).toEqual((await find(fresh, q)).partial);
    }
  });

  it("of a leaf that was emptied are those of an empty one", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "Jaws" })]);
    await write(films, [{ kind: "delete", id: "1" }]);

    expect(await statisticsOf(films, "jaws")).toEqual({
      documents: 0,
      fields: [
        { documents: 0, length: 0 },
        { documents: 0, length: 0 },
      ],
      frequencies: [0],
    });
    expect((await find(films, "jaws")).partial).toMatchObject({ hits: [], total: 0 });
  });
});

describe("a search", () => {
  it.each<[string, string[]]>([
    ["jaws", ["1"]],
    ["JAWS", ["1"]],
    ["jaw*", ["1", "4"]],
    ['"great white"', ["1"]],
    ['"white great"', []],
    ['"white shark attack"', []],
    ["+shark -white", ["2"]],
    ["-shark", ["3", "4"]],
    ["title:shark", []],
    ["plot:sharks", ["1", "2"]],
    ["日本", ["3"]],
    ["❤", ["3"]],
    ["", ["1", "2", "3", "4"]],
  ])("for %j finds %j", async (q, expected) => {
    const films = await declare();
    await write(films, [
      put("1", { title: "Jaws", plot: ["The great white shark", "attacks"] }),
      put("2", { title: "Deep Blue", plot: "Sharks everywhere" }),
      put("3", { title: "日本沈没 ❤️" }),
      put("4", { title: "Jawbreaker" }),
    ]);

    expect((await find(films, q, { sort: [{ field: "id", descending: false }] })).ids).toEqual(expected);
  });

  it("over hostile text works, and finds what else is there", async () => {
    const films = await declare();
    const outcomes = await write(films, [
      put("1", { title: "a".repeat(900_000) }),
      put("2", { title: "one\u0000two\ud800 three 😀\uf8ff'; DROP TABLE documents; --" }),
      put("3", { title: Array.from({ length: 200_000 }, () => "x") }),
      put("4", { title: "ﷺ ".repeat(200_000) }),
    ]);

    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect((await find(films, "a".repeat(1_000))).ids).toEqual(["1"]);
    expect((await find(films, "+one +two +three +😀 +drop")).ids).toEqual(["2"]);
    expect((await find(films, "ﷺ")).ids).toEqual(["4"]);
  });

  it("finds the words of one value, never a phrase that reaches into the next", async () => {
    const films = await declare();
    await write(films, [put("1", { title: ["the great", "white shark"] })]);

    expect((await find(films, '"great white"')).ids).toEqual([]);
    expect((await find(films, '"the great"')).ids).toEqual(["1"]);
  });
});

describe("a branch", () => {
  it("answers for each leaf, also when one is not to be had", async () => {
    const films = await declare({ ...spec, shards: 2 });
    await branch.write(refOf(films), [{ shard: 0, operations: [put("1")] }]);
    const other = { ...films, epoch: 1 };
    const { partial, leaves } = await branch.search(refOf(other), [0, 1], planOf("", fields), 20_000);

    expect(partial.hits.map(({ id, shard }) => [id, shard])).toEqual([["1", 0]]);
    expect(leaves.map(({ shard, documents, failed }) => [shard, documents, failed])).toEqual([
      [0, 1, undefined],
      [1, 0, undefined],
    ]);
  });

  it("exports page by page, in the order of ids, each document once", async () => {
    const films = await declare();
    const plot = "x".repeat(300_000);
    await write(
      films,
      ["b", "a", "é", "10", "9", "😀"].map((id) => put(id, { plot })),
    );
    const ids: string[] = [];
    for (let after = "", done = false; !done;) {
      const page = await branch.exportPage(refOf(films), 0, after, 20_000);
      if (!page.ok) throw new Error(page.message);
      expect(page.documents.length).toBeLessThanOrEqual(4);
      ids.push(...page.documents.map(({ id }) => id));
      after = ids.at(-1) ?? "";
      done = page.done;
    }

    expect(ids).toEqual(["10", "9", "a", "b", "é", "😀"]);
  });
});
