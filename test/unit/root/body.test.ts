import { describe, expect, it } from "vitest";
import {
  decodeUtf8,
  JSON_BYTES_MAX,
  JSON_DEPTH_MAX,
  limitedBody,
  NDJSON_BYTES_MAX,
  readBytes,
  readJson,
} from "../../../root-worker/body.ts";

const requestOf = (body: BodyInit | null, headers: Record<string, string> = {}): Request =>
  new Request("http://umbel.test/", { method: "POST", body, headers, duplex: "half" } as RequestInit); // Node's types lack duplex

/** A body that comes in pieces, and counts how many were taken. */
function streaming(pieces: readonly Uint8Array[], fault?: Error) {
  const counts = { taken: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[counts.taken];
        if (piece !== undefined) {
          counts.taken += 1;
          controller.enqueue(piece);
        } else if (fault === undefined) controller.close();
        else controller.error(fault);
      },
      cancel() {
        counts.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { counts, stream };
}

const mebibyte = new Uint8Array(1024 * 1024);

const problem = (code: string): unknown => expect.objectContaining({ code });

describe("a body", () => {
  it("is read whole, however it comes", async () => {
    const { stream } = streaming([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]);

    expect(await readBytes(requestOf(stream), 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("that is not there is empty", async () => {
    expect(await readBytes(requestOf(null), 10)).toEqual(new Uint8Array());
  });

  it("that says it is too long yields nothing, but is read on for a while, so that its sender hears why", async () => {
    const { stream, counts } = streaming([new Uint8Array(4), new Uint8Array(4)]);
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of limitedBody(requestOf(stream, { "content-length": "11" }), 10))
        seen.push(chunk);
    })();

    await expect(reading).rejects.toEqual(problem("too-large"));
    expect(seen).toEqual([]);
    expect(counts.taken).toBe(2);
  });

  it("that says it is longer than any may be is read to its end", async () => {
    const { stream, counts } = streaming(Array.from({ length: 110 }, () => mebibyte));
    const request = requestOf(stream, { "content-length": String(110 * mebibyte.length) });

    await expect(readBytes(request, NDJSON_BYTES_MAX)).rejects.toEqual(problem("too-large"));
    expect(counts.taken).toBe(110);
  });

  it("that is too long without saying so is read on for 128 MiB and then left", async () => {
    const { stream, counts } = streaming(Array.from({ length: 200 }, () => mebibyte));

    await expect(readBytes(requestOf(stream), 10)).rejects.toEqual(problem("too-large"));
    expect(counts).toEqual({ taken: 1 + 128, cancelled: true });
  });

  it("that breaks off is a problem, after what came", async () => {
    const { stream } = streaming([Uint8Array.of(1)], new Error("socket 10.0.0.1 closed"));
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of limitedBody(requestOf(stream), 10)) seen.push(chunk);
    })();

    await expect(reading).rejects.toEqual(problem("broken-stream"));
    await expect(reading).rejects.not.toThrow("10.0.0.1");
    expect(seen).toEqual([Uint8Array.of(1)]);
  });

  it("that nobody reads to its end is cancelled", async () => {
    const { stream, counts } = streaming([Uint8Array.of(1), Uint8Array.of(2)]);
    for await (const _ of limitedBody(requestOf(stream), 10)) break;

    expect(counts.cancelled).toBe(true);
  });
});

describe("JSON", () => {
  it.each([
    ['{"a":[1,null]}', { a: [1, null] }],
    [" 7 \n", 7],
    ["\ufeff[]", []],
  ])("%j is read", async (text, value) => {
    expect(await readJson(requestOf(text))).toEqual(value);
  });

  it.each(["", "  \n", "{", "{'a':1}", "undefined", '{"a":1}{}'])("%j is none", async (text) => {
    await expect(readJson(requestOf(text))).rejects.toEqual(problem("invalid-json"));
  });

  it("has to be UTF-8", async () => {
    await expect(readJson(requestOf(Uint8Array.of(0x22, 0xff, 0x22)))).rejects.toEqual(
      problem("invalid-json"),
    );
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined();
  });

  it("has at most 10 MiB", async () => {
    const fits = `"${"x".repeat(JSON_BYTES_MAX - 2)}"`;

    expect(await readJson(requestOf(fits))).toHaveLength(JSON_BYTES_MAX - 2);
    await expect(readJson(requestOf(`${fits} `))).rejects.toEqual(problem("too-large"));
  });

  it("is nested at most so deep", async () => {
    const nested = (levels: number) => requestOf(`${"[".repeat(levels)}"[\\"["${"]".repeat(levels)}`);

    await expect(readJson(nested(JSON_DEPTH_MAX))).resolves.toHaveLength(1);
    await expect(readJson(nested(JSON_DEPTH_MAX + 1))).rejects.toEqual(problem("invalid-request"));
    await expect(readJson(nested(3), { depthMax: 2, tooDeepCode: "invalid-document" })).rejects.toEqual(
      problem("invalid-document"),
    );
  });
});
