import { describe, expect, it } from "vitest";
import { progressOn } from "../../../tools/progress.mjs";

function record(isTTY: boolean): { written: () => string; show: ReturnType<typeof progressOn> } {
  let text = "";
  const write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  return { written: () => text, show: progressOn({ isTTY, write }) };
}

describe("progress", () => {
  it("is a bar in one line on a terminal", () => {
    const { written, show } = record(true);
    show("Loading films", 0, 3000);
    show("Loading films", 1500, 3000);
    show("Loading films", 3000, 3000);
    const lines = written().split("\r  Loading films  ").slice(1);
    expect(lines).toEqual([
      `${"░".repeat(30)}  0 of 3,000`,
      `${"█".repeat(15)}${"░".repeat(15)}  1,500 of 3,000`,
      `${"█".repeat(30)}  3,000 of 3,000\n`,
    ]);
  });

  it("is a line for each further quarter elsewhere", () => {
    const { written, show } = record(false);
    for (let done = 0; done <= 1000; done += 100) {
      show("Loading films", done, 1000);
    }
    expect(written()).toBe(
      ["300", "600", "900", "1,000"].map((done) => `  Loading films  ${done} of 1,000\n`).join(""),
    );
  });
});
