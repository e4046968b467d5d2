import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../../tools/project.mjs";

/** What a module names in its static imports, which are loaded before its first line is run. */
function staticImports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export) (?:[^;"]*? from )?"([^"]+)"/gm)].map(([, name = ""]) => name);
}

/** The packages that a module needs to be loaded at all, by itself and by whatever it imports, each with who names it. */
function packagesNeeded(entry: string): string[] {
  const seen = new Set([entry]);
  const packages: string[] = [];
  for (const file of seen) {
    for (const name of staticImports(file)) {
      if (name.startsWith(".")) seen.add(path.resolve(path.dirname(file), name));
      else if (!name.startsWith("node:")) packages.push(`${name} in ${path.relative(projectRoot, file)}`);
    }
  }
  return packages;
}

const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>; // npm would not run anything here if they were anything else
};
const byNode = Object.entries(scripts).flatMap(([name, command]) => {
  const entry = /node (tools\/\S+\.mjs)/.exec(command)?.[1];
  return entry === undefined ? [] : [{ name, entry }];
});

describe("in a fresh clone, before any package is installed", () => {
  it.each(byNode)("npm run $name gets as far as the set-up", ({ entry }) => {
    expect(packagesNeeded(path.join(projectRoot, entry))).toEqual([]);
  });

  it("has commands to look at, and a module that does need a package is told", () => {
    expect(byNode.map(({ name }) => name)).toEqual(expect.arrayContaining(["start", "test", "deploy"]));
    expect(packagesNeeded(path.join(projectRoot, "examples/load.mjs"))).toEqual([
      "esbuild in client/bundle-function.mjs",
    ]);
  });
});
