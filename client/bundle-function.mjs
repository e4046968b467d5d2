// From a file in TypeScript or JavaScript, and whatever it imports, to the one module that is uploaded.

import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { Failure } from "./failure.mjs";

/** What functions import of the platform; it is there where they run. */
const PLATFORM_IMPORT = "umbel";

const NODE_MODULES = new Set(builtinModules);

/** The name that the bundle has as a module. */
const MAIN = "index.js";

/**
 * @typedef {object} FunctionSpec the body of PUT /v1/functions/{name}, but for the examples
 * @property {Record<string, string>} modules
 * @property {string} main
 */

/**
 * Bundles a function as the edge runs it: ES modules, the conditions of browsers and Workers, nothing of Node. The same sources
 * give the same text, wherever they lie, so that they are the same version.
 *
 * @param {string} file
 * @returns {Promise<FunctionSpec>}
 * @throws {Failure} with file, line and what is wrong there
 */
export async function bundleFunction(file) {
  const entry = path.resolve(file);
  if (!existsSync(entry)) {
    throw new Failure(`There is no file ${file}.`);
  }
  const { outputFiles = [] } = await bundle(entry);
  return { main: MAIN, modules: { [MAIN]: outputFiles[0]?.text ?? "" } };
}

/**
 * @param {string} entry
 * @returns {Promise<import("esbuild").BuildResult>}
 */
async function bundle(entry) {
  try {
    return await build({
      entryPoints: [entry],
      absWorkingDir: path.dirname(entry),
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "browser",
      conditions: ["workerd", "worker", "browser"],
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      plugins: [platformModules],
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new Failure(error.errors.map(describe).join("\n\n"));
  }
}

/**
 * @param {import("esbuild").Message} message
 * @returns {string} file, line and column, as editors know them, and the line
 */
function describe({ text, location }) {
  if (location === null) return text;
  const { file, line, column, lineText } = location;
  return `${file}:${line}:${column + 1}: ${text}\n  ${lineText}\n  ${" ".repeat(column)}^`;
}

/**
 * Leaves the platform's own module to the platform, and says of those that it does not have that it does not.
 * @type {import("esbuild").Plugin}
 */
const platformModules = {
  name: "platform-modules",
  setup(build) {
    build.onResolve({ filter: /^umbel$/ }, () => ({ path: PLATFORM_IMPORT, external: true }));
    build.onResolve({ filter: /^(node|cloudflare|workerd):/ }, ({ path: name }) => missing(name));
    build.onResolve({ filter: /^[^./]/ }, async ({ path: name, kind, resolveDir, pluginData }) => {
      if (kind === "entry-point" || pluginData === platformModules || !NODE_MODULES.has(name))
        return undefined;
      // A package may have the name of one of Node's modules, such as "events".
      return existsSync(path.join(nearestModules(resolveDir), name)) ? undefined : missing(name);
    });
  },
};

/**
 * @param {string} name
 * @returns {import("esbuild").OnResolveResult}
 */
function missing(name) {
  return {
    errors: [
      { text: `"${name}" is not there where functions run: they have JavaScript and nothing around it` },
    ],
  };
}

/**
 * @param {string} folder
 * @returns {string} the node_modules that an import from there would find first
 */
function nearestModules(folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    const modules = path.join(at, "node_modules");
    if (existsSync(modules) || at === path.dirname(at)) return modules;
  }
}

/**
 * @param {unknown} error
 * @returns {error is import("esbuild").BuildFailure}
 */
function isBuildFailure(error) {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
