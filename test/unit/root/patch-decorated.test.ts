import { describe, expect, it, vi } from "vitest";
import type { PutOperation } from "../../../core/contracts/documents.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import { patchDecorated } from "../../../root-worker/documents/patch-decorated.ts";
import { Problem } from "../../../root-worker/problem.ts";

/** A document that others write, `othersWrites` times, whenever it is read; and a pipeline that counts the members. */
function platform(document: JsonObject, othersWrites = 0) {
  let version = 1;
  let stored: JsonObject = document;
  const write = vi.fn<(operation: PutOperation) => Promise<number>>(async ({ json, ifVersion }) => {
    if (ifVersion !== version) throw new Problem("precondition-failed", "It does not have that version.");
    stored = JSON.parse(json);
    return ++version;
  });
  const read = async () => {
    const now = { id: "a", version, json: JSON.stringify(stored) };
    if (othersWrites-- > 0) stored = { ...stored, others: version++ };
    return now;
  };
  const decorate = async (given: JsonObject) => ({ ...given, members: Object.keys(given).length });
  return { reach: { read, decorate, write, fields: {} }, write, stored: () => stored };
}

describe("a patch of a document whose collection has a pipeline", () => {
  it("is decorated as a whole, and written under the version that was read", async () => {
    const { reach, write, stored } = platform({ id: "a", x: 1, y: 2 });
    await patchDecorated(reach, "a", { y: null, z: 3 }, undefined);

    expect(stored()).toEqual({ id: "a", x: 1, z: 3, members: 2 });
    expect(write.mock.calls[0]?.[0].ifVersion).toBe(1);
  });

  it("is made anew of what another has written in between", async () => {
    const { reach, write, stored } = platform({ id: "a", x: 1 }, 2);
    await patchDecorated(reach, "a", { z: 3 }, undefined);

    expect(stored()).toEqual({ id: "a", x: 1, others: 2, z: 3, members: 3 });
    expect(write).toHaveBeenCalledTimes(3);
  });

  it("is a conflict when others never stop", async () => {
    const { reach } = platform({ id: "a" }, 100);
    await expect(patchDecorated(reach, "a", { z: 3 }, "*")).rejects.toMatchObject({ code: "conflict" });
  });

  it("is made of the version that its sender names, or not at all", async () => {
    const other = platform({ id: "a" });
    await expect(patchDecorated(other.reach, "a", { z: 3 }, 7)).rejects.toMatchObject({
      code: "precondition-failed",
    });
    const { reach, write } = platform({ id: "a" }, 1);
    await expect(patchDecorated(reach, "a", { z: 3 }, 1)).rejects.toMatchObject({
      code: "precondition-failed",
    });
    expect(other.write).not.toHaveBeenCalled();
    expect(write).toHaveBeenCalledTimes(1);
  });

  it("can't change the id", async () => {
    const { reach } = platform({ id: "a" });
    await expect(patchDecorated(reach, "a", { id: "b" }, undefined)).rejects.toMatchObject({
      code: "invalid-id",
    });
  });
});
