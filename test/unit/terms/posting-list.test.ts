import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../../shard-workers/segment/bytes.ts";
import { POSITIONS_MAX } from "../../../shard-workers/segment/limits.ts";
import { placesOf, PostingListBuilder, readPostingList } from "../../../shard-workers/terms/posting-list.ts";

const posting = fc.record({
  version: fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((version) => 2 ** 51 + version),
  positions: fc
    .uniqueArray(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 8 })
    .map((positions) => positions.toSorted((a, b) => a - b)),
});
const postings = fc.uniqueArray(posting, { selector: ({ version }) => version, maxLength: 40 });

describe("a shipped posting list", () => {
  it.each([true, false])(
    "is what it was, by rising versions, whatever order it came in (places: %s)",
    (withPositions) => {
      fc.assert(
        fc.property(postings, (all) => {
          const builder = new PostingListBuilder();
          for (const { version, positions } of all)
            builder.add(version, positions.length, withPositions ? Uint32Array.from(positions) : undefined);
          const writer = new ByteWriter();
          builder.write(writer);
          const list = readPostingList(new ByteReader(writer.copy()), withPositions);
          const sorted = all.toSorted((a, b) => a.version - b.version);
          expect([...list.versions]).toEqual(sorted.map(({ version }) => version));
          expect([...list.frequencies]).toEqual(sorted.map(({ positions }) => positions.length));
          if (withPositions)
            expect([...(list.positions ?? [])]).toEqual(sorted.flatMap(({ positions }) => positions));
        }),
      );
    },
  );

  it("keeps as many places of a posting as the index does", () => {
    expect(placesOf(3)).toBe(3);
    expect(placesOf(POSITIONS_MAX + 1)).toBe(POSITIONS_MAX);
  });
});
