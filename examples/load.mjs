// Loads the example data over the public API, as any client would: the films, the functions, and the pipelines with their
// collections.
// What is there already stays as it is, so a second start loads nothing and overwrites nothing of the user's.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleFunction } from "../client/bundle-function.mjs";

const LINES_PER_REQUEST = 500;
const FAILURES_SHOWN = 3;
const PIPELINE_FOLDERS = ["pipelines", "identity", "signup"];

/**
 * @typedef {object} Umbel
 * @property {string} address such as http://127.0.0.1:8787
 * @property {string} key
 * @property {AbortSignal} [signal]
 */

/**
 * @typedef {object} AnswerBody what is read of the answers; each is in some of them
 * @property {{documents: number}} [stats]
 * @property {number} [failed]
 * @property {object[]} [failures]
 */

/**
 * @typedef {object} ExamplePipeline what a file in one of these folders holds
 * @property {string} name
 * @property {ExampleCollection[]} [collections] what it delivers to and looks up in
 * @property {{deliver: Sink[]}} pipeline the body of PUT /v1/pipelines/{name}; a webhook's URL may be an environment variable
 *
 * @typedef {{name: string, fields: object, documents?: object[]}} ExampleCollection
 * @typedef {{webhook?: {url: string}}} Sink
 */

/**
 * @param {Umbel & {onProgress?: (label: string, done: number, total: number) => void}} options `onProgress` hears how many of
 *   the documents are there; not at all when all are
 * @throws {Error} naming the request that was refused, or the documents that could not be written
 */
export async function loadExamples({ onProgress = () => undefined, ...umbel }) {
  await loadFilms(umbel, onProgress);
  for (const file of readdirSync(new URL("functions", import.meta.url)).filter((name) =>
    name.endsWith(".ts"),
  )) {
    await loadFunction(umbel, file.replace(/\.ts$/, ""));
  }
  for (const folder of PIPELINE_FOLDERS) {
    await loadPipelines(umbel, folder);
  }
}

/**
 * @param {Umbel} umbel
 * @param {string} folder of examples/
 */
export async function loadPipelines(umbel, folder) {
  const files = readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith(".json"));
  /** @type {ExamplePipeline[]} */
  const examples = files.map((file) => JSON.parse(read(`${folder}/${file}`)));
  // A pipeline is refused before what it delivers to or looks up in is there, whichever file that is in.
  for (const { collections = [] } of examples) {
    await loadCollections(umbel, collections);
  }
  for (const { name, pipeline } of examples) {
    const body = { ...pipeline, deliver: pipeline.deliver.flatMap(sink) };
    await putIfMissing(umbel, `/v1/pipelines/${name}`, body);
  }
}

/**
 * @param {Umbel} umbel
 * @param {(label: string, done: number, total: number) => void} onProgress
 */
async function loadFilms(umbel, onProgress) {
  const lines = read("films/films.ndjson").trimEnd().split("\n");
  const { status, body } = await call(umbel, "GET", "/v1/collections/films");
  if (status !== 404 && (body.stats?.documents ?? 0) >= lines.length) {
    return;
  }
  await expectOk(umbel, "PUT", "/v1/collections/films", read("films/collection.json"));
  for (let done = 0; done < lines.length; done += LINES_PER_REQUEST) {
    onProgress("Loading films", done, lines.length);
    const chunk = lines.slice(done, done + LINES_PER_REQUEST).join("\n");
    const result = await expectOk(
      umbel,
      "POST",
      "/v1/collections/films/documents",
      chunk,
      "application/x-ndjson",
    );
    if (result.failed !== 0) {
      throw new Error(
        `${result.failed} films could not be written: ${JSON.stringify(result.failures?.slice(0, FAILURES_SHOWN))}`,
      );
    }
  }
  onProgress("Loading films", lines.length, lines.length);
}

/**
 * @param {Umbel} umbel
 * @param {string} name of the function, and of its files
 */
async function loadFunction(umbel, name) {
  const path = `/v1/functions/${name}`;
  const { status } = await call(umbel, "GET", path);
  if (status !== 404) return;
  const spec = await bundleFunction(fileURLToPath(new URL(`functions/${name}.ts`, import.meta.url)));
  /** @type {object[]} */
  const examples = JSON.parse(read(`functions/${name}.examples.json`));
  await expectOk(umbel, "PUT", path, JSON.stringify({ ...spec, examples }));
}

/**
 * @param {Umbel} umbel
 * @param {ExampleCollection[]} collections
 */
async function loadCollections(umbel, collections) {
  for (const { name: collection, documents = [], ...definition } of collections) {
    const path = `/v1/collections/${collection}`;
    const isNew = await putIfMissing(umbel, path, definition);
    if (isNew && documents.length > 0) {
      await expectOk(umbel, "POST", `${path}/documents`, JSON.stringify(documents));
    }
  }
}

/**
 * @param {Sink} declared
 * @returns {Sink[]} none for a webhook whose URL is a variable that is not set: it would fail at every event
 */
function sink(declared) {
  const { webhook } = declared;
  if (webhook?.url.startsWith("$") !== true) {
    return [declared];
  }
  const url = process.env[webhook.url.slice(1)];
  return url === undefined || url === "" ? [] : [{ webhook: { ...webhook, url } }];
}

/**
 * @param {Umbel} umbel
 * @param {string} path
 * @param {object} body
 * @returns {Promise<boolean>} whether it was missing
 */
async function putIfMissing(umbel, path, body) {
  const { status } = await call(umbel, "GET", path);
  if (status === 404) {
    await expectOk(umbel, "PUT", path, JSON.stringify(body));
  }
  return status === 404;
}

/**
 * @param {Umbel} umbel
 * @param {string} method
 * @param {string} path
 * @param {string} body
 * @param {string} [type]
 * @returns {Promise<AnswerBody>}
 * @throws {Error} when it isn't a success
 */
async function expectOk(umbel, method, path, body, type) {
  const answer = await call(umbel, method, path, body, type);
  if (answer.status >= 300) {
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}

/**
 * @param {Umbel} umbel
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @param {string} [type]
 * @returns {Promise<{status: number, body: AnswerBody}>} a 404 is an answer like others
 * @throws {Error} when nothing answers, or with a server's error
 */
async function call({ address, key, signal }, method, path, body, type = "application/json") {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": type }) },
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  });
  const text = await response.text();
  if (response.status >= 500 || response.status === 401) {
    throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  }
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

/**
 * @param {string} name
 * @returns {string} a file's text, from this folder
 */
function read(name) {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}
