import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLines, type Line } from "../../../../root-worker/documents/lines.ts";

const LINE_BYTES_MAX = 2 * 1024 * 1024;
const encoder = new TextEncoder();

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const size of sizes) {
    if (offset >= bytes.length) return;
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
  if (offset < bytes.length) yield bytes.subarray(offset);
}

async function all(lines: AsyncIterable<Line>): Promise<Line[]> {
  const seen: Line[] = [];
  for await (const line of lines) seen.push(line);
  return seen;
}

async function linesOf(input: string | Uint8Array, sizes: readonly number[] = []): Promise<Line[]> {
  const bytes = typeof input === "string" ? encoder.encode(input) : input;
  return all(readLines(chunked(bytes, sizes)));
}

describe("the lines of a stream", () => {
  it.each<[string, Line[]]>([
    ["", []],
    ["\n\n\n", []],
    ["a", [{ line: 1, text: "a" }]],
    ["a\n", [{ line: 1, text: "a" }]],
    [
      "a\nb",
      [
        { line: 1, text: "a" },
        { line: 2, text: "b" },
      ],
    ],
    [
      "\n a \n\n\nb\n \t\r\nc",
      [
        { line: 2, text: " a " },
        { line: 5, text: "b" },
        { line: 7, text: "c" },
      ],
    ],
    [
      "\ufeffa\nb",
      [
        { line: 1, text: "a" },
        { line: 2, text: "b" },
      ],
    ],
  ])("of %j are %j", async (text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  it("end with LF or CR LF, and are JSON either way", async () => {
    const lines = await linesOf('{"a":1}\r\n{"a":2}\n');

    expect(lines.map((line): unknown => ("text" in line ? JSON.parse(line.text) : line))).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
  });

  it("are the same however the stream is cut into chunks", async () => {
    const texts = fc
      .array(fc.constantFrom("\n", "\r\n", "a", "é", "日本", "😀", " ", '{"a":1}', "\u0000"), {
        maxLength: 40,
      })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
        async (text, sizes) => {
          expect(await linesOf(text, sizes)).toEqual(await linesOf(text));
        },
      ),
    );
  });

  it("are those of splitting the text", async () => {
    const texts = fc
      .array(fc.constantFrom("\n", "a", "é", " "), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const expected = text
          .split("\n")
          .map((part, index) => ({ line: index + 1, text: part }))
          .filter((line) => line.text.trim() !== "");
        expect(await linesOf(text)).toEqual(expected);
      }),
    );
  });

  it("do not change when the stream uses its buffer again", async () => {
    async function* reusing(): AsyncGenerator<Uint8Array> {
      const buffer = encoder.encode("ab");
      yield buffer;
      buffer.fill(0x7a);
      yield encoder.encode("c\n");
    }

    expect(await all(readLines(reusing()))).toEqual([{ line: 1, text: "abc" }]);
  });
});

describe("a line that can't be read", () => {
  it("is named when it is not UTF-8, and the others are read", async () => {
    const bytes = Uint8Array.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0xc3, 0x0a, 0x62]);

    expect(await linesOf(bytes)).toEqual([
      { line: 1, text: "a" },
      { line: 2, fault: "not-utf8" },
      { line: 3, fault: "not-utf8" },
      { line: 4, text: "b" },
    ]);
  });

  it.each([
    ["in one chunk", []],
    ["in chunks of 64 KiB", Array.from({ length: 64 }, () => 65_536)],
  ])("is named when it is too long, %s, and the others are read", async (_, sizes) => {
    const text = `a\n${"x".repeat(LINE_BYTES_MAX + 1)}\n${"y".repeat(LINE_BYTES_MAX)}\nb`;
    const [first, second, third, fourth] = await linesOf(text, sizes);

    expect(first).toEqual({ line: 1, text: "a" });
    expect(second).toEqual({ line: 2, fault: "too-long" });
    expect(third).toMatchObject({ line: 3 });
    expect(third !== undefined && "text" in third && third.text.length).toBe(LINE_BYTES_MAX);
    expect(fourth).toEqual({ line: 4, text: "b" });
  });

  it("is not the one in which the stream breaks off: its error comes through, and no half of a line", async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield encoder.encode('{"a":1}\n{"a":');
      throw new Error("broke off");
    }
    const seen: Line[] = [];
    const reading = (async () => {
      for await (const line of readLines(breaking())) seen.push(line);
    })();

    await expect(reading).rejects.toThrow("broke off");
    expect(seen).toEqual([{ line: 1, text: '{"a":1}' }]);
  });
});
