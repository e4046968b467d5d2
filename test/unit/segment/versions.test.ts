import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { locateVersions, packVersions, unpackVersions } from "../../../shard-workers/segment/versions.ts";

/** Versions as leaves give them: 1,024 a millisecond, until the year 2248. */
const version = fc.oneof(
  fc.integer({ min: 1, max: 500 }),
  fc.maxSafeInteger().map((n) => Math.abs(n)),
);
const rising = fc
  .uniqueArray(version, { maxLength: 60 })
  .map((versions) => versions.toSorted((a, b) => a - b));

describe("packed versions", () => {
  it("are what they were", () => {
    fc.assert(
      fc.property(rising, (versions) => {
        expect([...unpackVersions(packVersions(versions))]).toEqual(versions);
      }),
    );
  });

  it("take a byte each where they follow one another", () => {
    const versions = Array.from({ length: 1_000 }, (_, at) => 2 ** 50 + at);
    expect(packVersions(versions).length).toBeLessThan(1_020);
  });
});

describe("documents that are looked for by their versions", () => {
  it("are found where they are, in whatever order a segment has them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { maxLength: 60 }), rising, (all, wanted) => {
        const { ordinals, places } = locateVersions(all, Float64Array.from(wanted));
        const expected = all.flatMap((own, ordinal) =>
          wanted.includes(own) ? [[ordinal, wanted.indexOf(own)]] : [],
        );
        expect([...ordinals].map((ordinal, at) => [ordinal, places[at]])).toEqual(expected);
      }),
    );
  });
});
