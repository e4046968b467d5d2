import { describe, expect, it } from "vitest";
import type { LogEntry, Position } from "../../../../core/contracts/replication.ts";
import { feed, type FeedSource } from "../../../../shard-workers/documents/replication/feed.ts";
import { ENTRIES_CHARACTERS_MAX } from "../../../../shard-workers/documents/replication/limits.ts";

const at = (sequence: number): Position => ({ sequence, clock: sequence * 10 });
const put = (id: string, version: number, json = "{}") => ({ kind: "put" as const, id, version, json });
const entry = (sequence: number, json = "{}"): LogEntry => ({
  after: at(sequence - 1),
  position: at(sequence),
  operations: [put(`d${sequence}`, sequence * 10, json)],
});

/** A primary at 5 whose log reaches back to 3, with documents a to d, two to a page. */
function primary(differences: Partial<FeedSource> = {}): FeedSource {
  const ids = ["a", "b", "c", "d"];
  return {
    position: at(5),
    entriesAfter: (sequence) =>
      sequence < 2 ? undefined : [3, 4, 5].slice(sequence - 2).map((n) => entry(n)),
    page(afterId) {
      const documents = ids.filter((id) => id > afterId).map((id) => ({ id, version: 1, json: "{}" }));
      return { documents: documents.slice(0, 2), done: documents.length <= 2 };
    },
    ...differences,
  };
}

describe("a replica that is whole", () => {
  it("gets the entries after its position, and none when it has them all", () => {
    expect(feed(primary(), { position: at(3) })).toEqual({
      kind: "entries",
      entries: [entry(4), entry(5)],
      head: at(5),
    });
    expect(feed(primary(), { position: at(5) })).toEqual({ kind: "entries", entries: [], head: at(5) });
  });

  it.each<[string, Position]>([
    ["from before the log", at(1)],
    ["ahead of the primary", at(6)],
    ["as far as the primary, by another history", { sequence: 5, clock: 51 }],
    ["in the log, by another history", { sequence: 3, clock: 31 }],
  ])("and is %s begins anew, with the first documents as they are now", (_, position) => {
    expect(feed(primary(), { position })).toMatchObject({
      kind: "copy",
      anew: true,
      piece: { entries: [], documents: [{ id: "a" }, { id: "b" }], position: at(5), copiedTo: "b" },
    });
  });
});

describe("a replica that copies", () => {
  it("gets the next documents with the entries since the last, and is whole with the last of them", () => {
    expect(feed(primary(), { position: at(4), copiedTo: "b" })).toEqual({
      kind: "copy",
      anew: false,
      piece: {
        entries: [entry(5)],
        documents: [
          { id: "c", version: 1, json: "{}" },
          { id: "d", version: 1, json: "{}" },
        ],
        position: at(5),
      },
      head: at(5),
    });
  });

  it("gets no documents before it has the entries up to now: they would be of another time", () => {
    const some = primary({ entriesAfter: () => [entry(3)] });
    expect(feed(some, { position: at(2), copiedTo: "b" })).toMatchObject({
      anew: false,
      piece: { entries: [entry(3)], documents: [], position: at(3), copiedTo: "b" },
    });
    const large = primary({ entriesAfter: () => [entry(5, "x".repeat(ENTRIES_CHARACTERS_MAX))] });
    expect(feed(large, { position: at(4), copiedTo: "b" })).toMatchObject({
      piece: { documents: [], position: at(5), copiedTo: "b" },
    });
  });

  it("begins anew when it has nothing, even where the log reaches back to the beginning", () => {
    const young = primary({ entriesAfter: () => [entry(1), entry(2), entry(3), entry(4), entry(5)] });
    const position = { sequence: 0, clock: 0 };
    expect(feed(young, { position, copiedTo: "" })).toMatchObject({ anew: true, piece: { copiedTo: "b" } });
    expect(feed(young, { position, copiedTo: "b" })).toMatchObject({ anew: false });
  });

  it("begins anew when the log no longer leads on from where it stopped", () => {
    expect(feed(primary(), { position: at(1), copiedTo: "b" })).toMatchObject({ anew: true });
  });

  it("of nothing is whole at once", () => {
    const empty = primary({ position: at(0), page: () => ({ documents: [], done: true }) });
    const pulled = feed(empty, { position: at(0), copiedTo: "" });
    expect(pulled).toEqual({
      kind: "copy",
      anew: true,
      piece: { entries: [], documents: [], position: at(0) },
      head: at(0),
    });
  });
});
