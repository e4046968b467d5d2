import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";

const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md"), ...globSync("examples/**/*.md")];

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, "")
    .replaceAll(" ", "-");

function leadsSomewhere(page: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : path.join(path.dirname(page), file);
  if (!existsSync(target)) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) => text);
  return headings.some((heading) => anchorOf(heading) === anchor);
}

it.each(pages)("%s links only to files and headings that there are", (page) => {
  const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const inside = links.filter((link) => !/^https?:/.test(link));
  expect(inside.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});

it("README.md says how many built-in decorators there are", () => {
  const said = /the (\d+) built-in decorators/.exec(readFileSync("README.md", "utf8"))?.[1];
  expect(Number(said)).toBe(BUILT_IN.length);
});
