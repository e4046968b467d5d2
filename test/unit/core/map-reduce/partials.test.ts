import { describe, expect, it } from "vitest";
import { failure } from "../../../../core/errors.ts";
import { PARTIAL_CHARS_MAX, Partials, type MapReduce } from "../../../../core/map-reduce/partials.ts";

/** Adds numbers up, and remembers what it was given. */
function adding(): Pick<MapReduce, "reduce"> & { given: number[][] } {
  const given: number[][] = [];
  return {
    given,
    reduce: async (partials) => {
      const numbers = partials.map(Number);
      given.push(numbers);
      return { ok: true, json: String(numbers.reduce((sum, n) => sum + n, 0)) };
    },
  };
}

describe("partial results of one place", () => {
  it("are one, whatever their number, and none when there were none", async () => {
    for (const count of [0, 1, 2, 15, 16, 17, 100]) {
      const run = adding();
      const partials = new Partials(run);
      for (let n = 1; n <= count; n++) expect(await partials.add(String(n))).toBeUndefined();
      const wanted = count === 0 ? undefined : String((count * (count + 1)) / 2);

      expect(await partials.one()).toEqual({ ok: true, partial: wanted });
      expect(partials.calls).toBe(run.given.length);
    }
  });

  it("stay few: no call is given more than 16, and one alone is given to none", async () => {
    const run = adding();
    const partials = new Partials(run);
    await partials.add("1");
    await partials.one();
    expect(run.given).toEqual([]);
    for (let n = 0; n < 200; n++) await partials.add("1");
    await partials.one();
    expect(Math.max(...run.given.map(({ length }) => length))).toBe(16);
  });

  it("stay small: large ones are reduced at once", async () => {
    const given: number[] = [];
    const partials = new Partials({
      reduce: async (some) => {
        given.push(some.length);
        return { ok: true, json: '"short"' };
      },
    });
    const large = JSON.stringify("x".repeat(PARTIAL_CHARS_MAX - 2));
    for (let n = 0; n < 3; n++) expect(await partials.add(large)).toBeUndefined();

    expect(given).toEqual([2, 2]);
  });

  it("are given to reduce a last time, even if that is one", async () => {
    const run = adding();
    const partials = new Partials(run);
    await partials.add("7");

    expect(await partials.last()).toEqual({ ok: true, json: "7" });
    expect(run.given).toEqual([[7]]);
  });

  it("end with the first that is too large, whether it came in or was made", async () => {
    const large = "x".repeat(PARTIAL_CHARS_MAX + 1);
    const growing = new Partials({ reduce: async () => ({ ok: true, json: large }) });
    await growing.add("1");
    await growing.add("2");

    expect(await new Partials(adding()).add(large)).toMatchObject({ code: "partial-too-large" });
    expect(await growing.one()).toMatchObject({ code: "partial-too-large" });
  });

  it("end with the function's failure", async () => {
    const partials = new Partials({ reduce: async () => failure("function-failed", "oh") });
    await partials.add("1");
    await partials.add("2");

    expect(await partials.one()).toMatchObject({ ok: false, code: "function-failed", message: "oh" });
  });
});
