import { describe, expect, it, vi } from "vitest";
import type { BranchApi } from "../../../../core/contracts/branch.ts";
import type { ShardWritesAnswer } from "../../../../core/contracts/documents.ts";
import { failure } from "../../../../core/errors.ts";
import { decodeToken } from "../../../../root-worker/base64url.ts";
import type { DecorateDocuments } from "../../../../root-worker/decorate.ts";
import { BulkWriter, type BulkOptions } from "../../../../root-worker/documents/bulk.ts";
import { collectionOf } from "../../collection-of.ts";

const collection = collectionOf({ shards: 1 });

/** A writer whose one leaf keeps what it is sent, but for ids that begin with "bad". */
function bulk(options: Pick<BulkOptions, "decorate"> = {}) {
  const batches: string[][] = [];
  const write = vi.fn<BranchApi["write"]>(async (_, writes) =>
    writes.map(({ shard, operations }): ShardWritesAnswer => {
      batches.push(
        operations.map((operation) => (operation.kind === "put" ? operation.json : operation.kind)),
      );
      return {
        shard,
        ok: true,
        outcomes: operations.map(({ id }) =>
          id.startsWith("bad") ? failure("unavailable", "No.") : { ok: true, id, version: 1, created: true },
        ),
        sequence: batches.length,
        rowsWritten: 1,
      };
    }),
  );
  return {
    batches,
    writer: new BulkWriter({ branches: { write }, refresh: async () => null }, collection, {
      secret: "secret",
      ...options,
    }),
  };
}

describe("a bulk write", () => {
  it("writes what is good and names what is bad by its line", async () => {
    const { writer, batches } = bulk();
    await writer.addText(1, '{"id":"1","title":"Jaws"}');
    await writer.addText(2, "{not json");
    await writer.addText(3, "[]");
    await writer.addText(4, '{"id":"4","year":"x"}');
    await writer.addText(5, '{"id":5}');
    await writer.addText(6, '{"id":"bad6"}');
    await writer.addText(8, '{"id":"8"}');
    await writer.flush();
    const result = await writer.result();

    expect(result).toMatchObject({ written: 2, failed: 5 });
    expect(result.failures.map(({ line, id, code }) => [line, id, code])).toEqual([
      [2, undefined, "invalid-json"],
      [3, undefined, "invalid-document"],
      [4, "4", "invalid-document"],
      [5, undefined, "invalid-id"],
      [6, "bad6", "unavailable"],
    ]);
    expect(batches).toEqual([['{"id":"1","title":"Jaws"}', '{"id":"bad6"}', '{"id":"8"}']]);
  });

  it("keeps what is nested too deep from the call that takes the others to the collection's pipeline", async () => {
    const seen: unknown[] = [];
    const decorate: DecorateDocuments = async (documents) => {
      seen.push(...documents);
      return documents.map((document) => ({ ok: true, documents: [document] }));
    };
    const { writer, batches } = bulk({ decorate });
    await writer.addText(1, `{"id":"1","a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`);
    await writer.addText(2, '{"id":"2"}');
    await writer.flush();

    expect((await writer.result()).failures).toMatchObject([{ line: 1, code: "invalid-document" }]);
    expect(seen).toEqual([{ id: "2" }]);
    expect(batches).toEqual([['{"id":"2"}']]);
  });

  it("gives a document without an id a ULID, each its own", async () => {
    const { writer, batches } = bulk();
    await writer.add(1, { title: "a" });
    await writer.add(2, { title: "b" });
    await writer.flush();
    const ids = batches.flat().map((json) => (JSON.parse(json) as { id: string }).id); // written above

    expect(ids).toEqual([expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/), expect.any(String)]);
    expect(new Set(ids).size).toBe(2);
  });

  it("repeats no id that can't be one: it may be of any length, and hold anything", async () => {
    const { writer } = bulk();
    await writer.add(1, { id: "x".repeat(1_000_000) });
    await writer.add(2, { id: "\u001b[2J" });
    await writer.add(3, { id: "" });

    const result = await writer.result();
    expect(JSON.stringify(result).length).toBeLessThan(1_000);
    expect(result.failures.every((failed) => !("id" in failed))).toBe(true);
  });

  it("sends nothing through a pipeline that can't be stored, nor repeats its id", async () => {
    const decorate = vi.fn<DecorateDocuments>(async (documents) =>
      documents.map((document) => ({ ok: true, documents: [document] })),
    );
    const { writer } = bulk({ decorate });
    const deep: unknown = JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`);
    await writer.add(1, { id: "x".repeat(1_000_000) });
    await writer.add(2, { id: "2", deep });
    await writer.add(3, { id: "3" });
    await writer.flush();

    expect(await writer.result()).toMatchObject({
      written: 1,
      failures: [
        { line: 1, code: "invalid-id", message: "An id has at most 256 bytes." },
        { line: 2, id: "2", code: "invalid-document" },
      ],
    });
    expect((await writer.result()).failures[0]).not.toHaveProperty("id");
    expect(decorate.mock.calls).toEqual([[[{ id: "3" }]]]);
  });

  it("answers a bookmark of the sequences that its last batch reached", async () => {
    const { writer } = bulk();
    await writer.add(1, { id: "1" });
    await writer.flush();
    await writer.add(2, { id: "2" });
    await writer.flush();

    const { id, epoch } = collection;
    expect(decodeToken((await writer.result()).bookmark)).toMatchObject({ c: id, e: epoch, s: [[0, 2]] });
  });

  it("answers a bookmark also when nothing was written", async () => {
    expect(decodeToken((await bulk().writer.result()).bookmark)).toMatchObject({ s: [] });
  });

  it("asks no leaf when nothing is pending", async () => {
    const { writer, batches } = bulk();
    await writer.flush();

    expect(batches).toEqual([]);
  });
});

describe("a batch", () => {
  it("is written when it has 1,000 documents", async () => {
    const { writer, batches } = bulk();
    for (let line = 1; line <= 2_500; line++) await writer.add(line, { id: String(line) });
    expect(batches.map((batch) => batch.length)).toEqual([1_000, 1_000]);
    await writer.flush();

    expect(batches.map((batch) => batch.length)).toEqual([1_000, 1_000, 500]);
    expect(await writer.result()).toMatchObject({ written: 2_500, failed: 0 });
  });

  it("is written when it has 4 MiB, well before a message is full", async () => {
    const { writer, batches } = bulk();
    for (let line = 1; line <= 9; line++)
      await writer.add(line, { id: String(line), plot: "x".repeat(1_000_000) });

    expect(batches.map((batch) => batch.length)).toEqual([5]);
  });

  it("follows the one before it, so that the last of two lines with one id wins", async () => {
    const { writer, batches } = bulk();
    await writer.add(1, { id: "1", n: 1 });
    await writer.add(2, { id: "1", n: 2 });
    await writer.flush();

    expect(batches).toEqual([['{"id":"1","n":1}', '{"id":"1","n":2}']]);
  });
});

it("names 1,000 failures and counts the others, in the order of their lines", async () => {
  const { writer } = bulk();
  await writer.add(1, { id: "bad" });
  for (let line = 2; line <= 1_500; line++) await writer.addText(line, "{");
  await writer.flush();
  const { failed, failures } = await writer.result();

  expect(failed).toBe(1_500);
  expect(failures).toHaveLength(1_000);
  expect(failures.map(({ line }) => line)).toEqual(
    failures.map(({ line }) => line).toSorted((a, b) => a - b),
  );
});
