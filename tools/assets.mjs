// Makes dist/assets, the files that the root Worker serves as they are: the console's pages, and Swagger UI for /docs
// from its package, so that the documentation needs nothing from elsewhere.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "./project.mjs";

const target = path.join(projectRoot, "dist/assets");

const swaggerUi = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE"];

/** Brings dist/assets up to date. What has not changed is not touched: wrangler reloads when a file is written. */
export function buildAssets() {
  /** @type {Map<string, string>} from the path below dist/assets to the source */
  const files = new Map(
    swaggerUi.map((name) => [`vendor/swagger-ui/${name}`, `node_modules/swagger-ui-dist/${name}`]),
  );
  for (const name of filesBelow(path.join(projectRoot, "console")).filter(isServed)) {
    files.set(name, path.join("console", name));
  }

  mkdirSync(target, { recursive: true });
  for (const name of filesBelow(target).filter((old) => !files.has(old))) {
    rmSync(path.join(target, name));
  }
  for (const [name, source] of files) {
    copyIfChanged(path.join(projectRoot, source), path.join(target, name));
  }
}

/** @param {string} name a file in console/ that may be there for the type checker alone */
function isServed(name) {
  return !name.endsWith(".d.ts") && name !== "tsconfig.json";
}

/**
 * @param {string} folder
 * @returns {string[]} paths relative to it, with slashes
 */
function filesBelow(folder) {
  return readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => name.replaceAll(path.sep, "/"));
}

/**
 * @param {string} source
 * @param {string} destination
 */
function copyIfChanged(source, destination) {
  const wanted = readFileSync(source);
  try {
    if (wanted.equals(readFileSync(destination))) {
      return;
    }
  } catch {
    mkdirSync(path.dirname(destination), { recursive: true });
  }
  writeFileSync(destination, wanted);
}
