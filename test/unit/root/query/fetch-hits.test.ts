import { describe, expect, it } from "vitest";
import type { BranchApi } from "../../../../core/contracts/branch.ts";
import type { Hit, LeafReport } from "../../../../core/contracts/search.ts";
import { dressHits } from "../../../../root-worker/query/fetch-hits.ts";
import { Deadline } from "../../../../root-worker/query/scatter.ts";
import { collectionOf } from "../../collection-of.ts";

const hit = (id: string, shard: number, document?: object): Hit => ({
  id,
  shard,
  score: 1,
  sort: [1],
  ...(document === undefined ? {} : { document: JSON.stringify(document) }),
});

const report = (shard: number, failed?: LeafReport["failed"]): LeafReport => ({
  shard,
  replica: 0,
  attempts: [],
  documents: 0,
  rowsRead: 0,
  rowsWritten: 0,
  startMs: 0,
  endMs: 0,
  ...(failed === undefined ? {} : { failed }),
});

/** A branch whose shard 1 does not answer; a call answers one document a shard. */
const branches: Pick<BranchApi, "fetchDocuments"> = {
  async fetchDocuments(_ref, wanted) {
    return {
      documents: wanted.flatMap(({ shard, ids: [id] }) =>
        shard === 1 || id === undefined
          ? []
          : [{ id, version: 1, json: JSON.stringify({ id, fetched: true }) }],
      ),
      leaves: wanted.map(({ shard }) => report(shard, shard === 1 ? "unavailable" : undefined)),
    };
  },
};

async function dress(...hits: Hit[]) {
  const { hits: dressed, reports } = await dressHits(
    branches,
    collectionOf(),
    hits,
    { highlight: [], clauses: [] },
    new Deadline(1_000),
  );
  return { documents: dressed.map(({ document }) => document), reports };
}

describe("documents of hits", () => {
  it("that came with them are not asked for", async () => {
    expect(await dress(hit("a", 0, { id: "a" }))).toEqual({ documents: [{ id: "a" }], reports: [] });
  });

  it("are fetched until all are there, in the order of the hits", async () => {
    const { documents, reports } = await dress(hit("b", 2), hit("a", 0, { id: "a" }), hit("c", 2));

    expect(documents).toEqual([{ id: "b", fetched: true }, { id: "a" }, { id: "c", fetched: true }]);
    expect(reports.map(({ shard }) => shard)).toEqual([2, 2]);
  });

  it("of a leaf that does not answer are left out, and reported", async () => {
    const { documents, reports } = await dress(hit("a", 0), hit("b", 1), hit("c", 2));

    expect(documents).toEqual([
      { id: "a", fetched: true },
      { id: "c", fetched: true },
    ]);
    expect(reports.filter(({ failed }) => failed !== undefined)).toEqual([report(1, "unavailable")]);
  });
});
