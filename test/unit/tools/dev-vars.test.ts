import { describe, expect, it } from "vitest";
import { readVariable } from "../../../tools/dev-vars.mjs";

describe("a variable in .dev.vars", () => {
  it.each([
    ["KEY=abc", "abc"],
    ["OTHER=1\nKEY=abc\nMORE=2\n", "abc"],
    ["  export KEY = abc  # the key\r\n", "abc"],
    [`KEY="a # b"`, "a # b"],
    ["KEY='a=b'", "a=b"],
    ["KEY=first\nKEY=second", "second"],
  ])("is read as dotenv reads it: %j", (text, value) => {
    expect(readVariable(text, "KEY")).toBe(value);
  });

  it.each(["", "# KEY=abc", "MY_KEY=abc", "KEY=", 'KEY=""'])("is not given by %j", (text) => {
    expect(readVariable(text, "KEY")).toBeUndefined();
  });
});
