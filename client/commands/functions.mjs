// `umbel functions`: puts functions where they run, and calls them.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleFunction } from "../bundle-function.mjs";
import { EXIT_USAGE, Failure } from "../failure.mjs";
import { call } from "../platform.mjs";

export const usage = `umbel functions deploy <file.ts> [--name <name>] [--examples <file.json>]
    Bundles a function with what it imports and uploads it. Its name is the file's unless another is given; its
    examples are those of <file>.examples.json, where there is one.

umbel functions invoke <name>[@<version>] [--input <json> | --input @<file> | --input -]
    Calls the function's \`handle\`, and prints its result.`;

/**
 * @typedef {object} Uploaded what is read of the answer to an upload
 * @property {string} name
 * @property {string} version
 * @property {string[]} [kinds]
 * @property {number} [codeBytes]
 * @property {number} [moduleCount]
 * @property {{verdict: string, reasons: string[], stepsMax?: number, callMs?: number}} [fitness]
 */

/** @type {Record<string, (args: string[]) => Promise<string>>} what each prints */
const commands = { deploy, invoke };

/**
 * @param {string[]} args behind \`umbel functions\`
 * @returns {Promise<string>} what is to be printed
 * @throws {Failure}
 */
export async function functionsCommand([name = "", ...args]) {
  const command = commands[name];
  if (command === undefined) throw new Failure(usage, EXIT_USAGE);
  return command(args);
}

const PLATFORM_OPTIONS = /** @type {const} */ ({ url: { type: "string" }, key: { type: "string" } });

/** @param {string[]} args */
async function deploy(args) {
  const { values, positionals } = read(args, {
    ...PLATFORM_OPTIONS,
    name: { type: "string" },
    examples: { type: "string" },
  });
  const file = only(positionals, "the file of the function");
  const name = values.name ?? path.basename(file).replace(/\.[cm]?[jt]sx?$/, "");
  const examples = readExamples(file, values.examples);
  const spec = await bundleFunction(file);
  const { status, body } = await call(
    platformOf(values),
    "PUT",
    `/v1/functions/${encodeURIComponent(name)}`,
    {
      ...spec,
      ...(examples !== undefined && { examples }),
    },
  );
  // The API's own answer.
  return report(/** @type {Uploaded} */ (body), status === 201, examples?.length ?? 0);
}

/**
 * @param {Uploaded} uploaded
 * @param {boolean} isNew
 * @param {number} examples
 * @returns {string}
 */
function report({ name, version, kinds = [], codeBytes = 0, fitness }, isNew, examples) {
  const measured = [
    ...(fitness?.stepsMax === undefined ? [] : [`${fitness.stepsMax.toLocaleString("en")} steps`]),
    ...(fitness?.callMs === undefined ? [] : [`${fitness.callMs.toFixed(1)} ms`]),
  ];
  const rows = [
    ["exports", kinds.join(", ")],
    ["code", `${(codeBytes / 1024).toFixed(1)} KB`],
    ["examples", examples === 0 ? "none" : `${examples} passed`],
    ["fitness", [fitness?.verdict ?? "unmeasured", ...measured].join(", ")],
    ...(fitness?.reasons ?? []).map((reason) => ["", reason]),
  ];
  return [
    `${name}@${version}${isNew ? " (new)" : ""}`,
    ...rows.map(([label = "", value = ""]) => `  ${label.padEnd(9)} ${value}`),
  ].join("\n");
}

/** @param {string[]} args */
async function invoke(args) {
  const { values, positionals } = read(args, { ...PLATFORM_OPTIONS, input: { type: "string" } });
  const [name = "", version] = only(positionals, "the function's name").split("@");
  const { body } = await call(
    platformOf(values),
    "POST",
    `/v1/functions/${encodeURIComponent(name)}/invoke`,
    { input: readInput(values.input), ...(version !== undefined && { version }) },
  );
  const { result } = /** @type {{result: unknown}} */ (body);
  return JSON.stringify(result, undefined, 2);
}

/**
 * @template {import("node:util").ParseArgsOptionsConfig} O
 * @param {string[]} args
 * @param {O} options
 */
function read(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, EXIT_USAGE);
  }
}

/**
 * @param {string[]} positionals
 * @param {string} what
 * @returns {string}
 */
function only(positionals, what) {
  const [first] = positionals;
  if (first === undefined || positionals.length > 1) {
    throw new Failure(`One thing is wanted here: ${what}.\n\n${usage}`, EXIT_USAGE);
  }
  return first;
}

/**
 * @param {{url?: string | undefined, key?: string | undefined}} given
 * @returns {import("../platform.mjs").Platform}
 */
function platformOf({ url, key }) {
  const { UMBEL_URL, UMBEL_KEY, UMBEL_ADMIN_KEY } = process.env;
  const address = url ?? UMBEL_URL ?? "http://localhost:8787";
  if (!URL.canParse(address)) throw new Failure(`${address} is no URL.`, EXIT_USAGE);
  const secret = key ?? UMBEL_KEY ?? UMBEL_ADMIN_KEY;
  if (secret === undefined) throw new Failure("A key is needed: --key, or UMBEL_KEY.", EXIT_USAGE);
  // A header could not hold it, and fetch would take that for a server that does not answer.
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw new Failure(
      "The key has characters that no key has: put in the one that npm start has printed.",
      EXIT_USAGE,
    );
  }
  return { url: address, key: secret };
}

/**
 * @param {string} file
 * @param {string | undefined} named
 * @returns {unknown[] | undefined}
 */
function readExamples(file, named) {
  const beside = file.replace(/\.[cm]?[jt]sx?$/, ".examples.json");
  const examples = named ?? (existsSync(beside) ? beside : undefined);
  if (examples === undefined) return undefined;
  const value = readJson(readText(examples), examples);
  if (!Array.isArray(value)) throw new Failure(`${examples} holds no list of examples.`);
  return value;
}

/**
 * @param {string} [input]
 * @returns {unknown}
 */
function readInput(input) {
  if (input === undefined) return null;
  if (input === "-") return readJson(readText(0), "what came in");
  return input.startsWith("@")
    ? readJson(readText(input.slice(1)), input.slice(1))
    : readJson(input, "--input");
}

/**
 * @param {string | number} file
 * @returns {string}
 */
function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} text
 * @param {string} where
 * @returns {unknown}
 */
function readJson(text, where) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
