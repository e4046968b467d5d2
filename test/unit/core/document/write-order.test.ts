import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeOrder, type EventPlace } from "../../../../core/document/write-order.ts";

const place: EventPlace = { at: 1_700_000_000_000, sequence: 5, index: 3, replay: 0, part: 0, pipeline: "p" };

describe("the order of an event's write", () => {
  it("follows acceptance, then the place in the journal, then replays, then the parts", () => {
    const number = fc.maxSafeNat();
    const tuple = fc.tuple(number, number, number, number, number);
    const orderOf = ([at, sequence, index, replay, part]: [number, number, number, number, number]) =>
      writeOrder({ at, sequence, index, replay, part, pipeline: "p" });
    fc.assert(
      fc.property(tuple, tuple, (a, b) => {
        const differs = a.findIndex((value, n) => value !== b[n]);
        const expected = differs === -1 ? 0 : (a[differs] ?? 0) < (b[differs] ?? 0) ? -1 : 1;
        const [x, y] = [orderOf(a), orderOf(b)];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(expected);
      }),
    );
  });

  it("is the same for the same place, and another for another pipeline", () => {
    expect(writeOrder(place)).toBe(writeOrder({ ...place }));
    expect(writeOrder(place)).not.toBe(writeOrder({ ...place, pipeline: "q" }));
  });

  it("takes times before 1970 for its beginning, and parts of a millisecond for none", () => {
    expect(writeOrder({ ...place, at: -5 })).toBe(writeOrder({ ...place, at: 0.9 }));
  });
});
