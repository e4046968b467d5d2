import { describe, expect, it } from "vitest";
import { prepareStep, type InnerStep } from "../../../decorators/contract.ts";
import type { FunctionCall } from "../../../decorators/services.ts";
import { contextWith, memoryServices } from "./memory-services.ts";
import { eventOf, find } from "./prepare.ts";

const A = "000000000000000a";
const B = "000000000000000b";

const prepare = (step: InnerStep) => prepareStep(step, ["steps", 0], find);

/** The version that each of many events meets. */
async function versionsOf(step: InnerStep, events: number, pipeline = "p") {
  const met: FunctionCall[] = [];
  const prepared = prepare(step);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
  const services = memoryServices({
    decorate: async (call, event) => {
      met.push(call);
      return event;
    },
  });
  for (let n = 0; n < events; n++) {
    await prepared.decorate(eventOf({ id: `e-${n}` }), contextWith({ pipeline, services }));
  }
  return met.map(({ version }) => version);
}

describe("a step that names a function", () => {
  it("needs it, in the version that it names or in whichever is current", () => {
    expect(prepare({ use: "function:lang" })).toMatchObject({
      ok: true,
      gathers: true,
      needs: [{ kind: "function", name: "lang", path: "steps[0].use" }],
    });
    expect(prepare({ use: `function:lang@${A}` })).toMatchObject({ needs: [{ name: "lang", version: A }] });
    expect(prepare({ use: "function:lang", split: { [A]: 95, [B]: 5 } })).toMatchObject({
      needs: [
        { version: A, path: `steps[0].split.${A}` },
        { version: B, path: `steps[0].split.${B}` },
      ],
    });
  });

  it("may be within another step", () => {
    const options = { field: "items", steps: [{ use: "function:lang", split: { [A]: 50, [B]: 50 } }] };

    expect(prepare({ use: "foreach", with: options })).toMatchObject({
      ok: true,
      needs: [
        { kind: "function", version: A, path: `steps[0].with.steps[0].split.${A}` },
        { kind: "function", version: B },
      ],
    });
  });

  it.each([
    ["no name", { use: "function:" }, "steps[0].use"],
    ["a name that none may have", { use: "function:Lang" }, "steps[0].use"],
    ["a version that is none", { use: "function:lang@2" }, "steps[0].use"],
    ["shares that total less", { use: "function:lang", split: { [A]: 95, [B]: 4 } }, "steps[0].split"],
    ["a share that is none", { use: "function:lang", split: { [A]: 120, [B]: -20 } }, "steps[0].split"],
    ["a share of what is no version", { use: "function:lang", split: { new: 100 } }, "steps[0].split"],
    ["no shares", { use: "function:lang", split: {} }, "steps[0].split"],
    ["a version beside a split", { use: `function:lang@${A}`, split: { [A]: 100 } }, "steps[0].split"],
    ["a split of a decorator", { use: "trim", with: { field: "a" }, split: { [A]: 100 } }, "steps[0].split"],
    [
      "a split between very many",
      {
        use: "function:lang",
        split: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n}`.repeat(16), 10])),
      },
      "steps[0].split",
    ],
  ])("with %s is refused, and its place named", (_, step, path) => {
    expect(prepare(step)).toMatchObject({ ok: false, errors: [{ path, message: expect.any(String) }] });
  });
});

describe("a split", () => {
  const step = { use: "function:lang", split: { [A]: 95, [B]: 5 } };
  const shareOf = (versions: readonly (string | undefined)[]) =>
    (100 * versions.filter((version) => version === B).length) / versions.length;

  it("gives each version its share of the events, within three points over 2,000", async () => {
    expect(Math.abs(shareOf(await versionsOf(step, 2_000)) - 5)).toBeLessThan(3);
    const even = { ...step, split: { [A]: 50, [B]: 50 } };
    expect(Math.abs(shareOf(await versionsOf(even, 2_000)) - 50)).toBeLessThan(3);
  });

  it("lets an event meet the same version each time, in its pipeline", async () => {
    const even = { ...step, split: { [A]: 50, [B]: 50 } };
    const first = await versionsOf(even, 200);

    expect(await versionsOf(even, 200)).toEqual(first);
    expect(await versionsOf(even, 200, "q")).not.toEqual(first);
  });

  it("that grows keeps those on a version who were on it", async () => {
    const before = await versionsOf(step, 1_000);
    const after = await versionsOf({ ...step, split: { [A]: 80, [B]: 20 } }, 1_000);

    expect(before.flatMap((version, n) => (version === B ? after[n] : []))).toEqual(
      before.filter((version) => version === B),
    );
  });
});
