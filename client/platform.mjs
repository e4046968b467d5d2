// Calls of the public API, as the commands make them.

import { Failure } from "./failure.mjs";

/**
 * @typedef {object} Platform
 * @property {string} url such as http://localhost:8787
 * @property {string} key
 */

/**
 * @typedef {object} Problem what is read of an answer that is none
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [code]
 * @property {{path: string, message: string}[]} [errors]
 */

/**
 * @param {Platform} platform
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<{status: number, body: unknown}>} an answer that is a success
 * @throws {Failure} that says what the platform said
 */
export async function call({ url, key }, method, path, body) {
  const response = await send(new URL(path, url), {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) {
    return { status: response.status, body: answer };
  }
  throw new Failure(describe(response.status, answer, text));
}

/**
 * @param {URL} url
 * @param {RequestInit} request
 * @returns {Promise<Response>}
 */
async function send(url, request) {
  try {
    return await fetch(url, request);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new Failure(
      `${url.origin} does not answer (${why}). Where Umbel runs is said with --url, or in UMBEL_URL.`,
    );
  }
}

/**
 * @param {number} status
 * @param {unknown} answer
 * @param {string} text
 * @returns {string}
 */
function describe(status, answer, text) {
  if (typeof answer !== "object" || answer === null) {
    return `The answer was ${status}: ${text.slice(0, 500)}`;
  }
  /** @type {Problem} */
  const { title = "", detail = "", code = "", errors = [] } = answer;
  if (status === 401) {
    return `${title}. The key is said with --key, or in UMBEL_KEY.`;
  }
  const lines = errors.map(({ path, message }) => `  ${path}${path === "" ? "" : ": "}${message}`);
  return [`${title} (${status} ${code})`, ...(lines.length > 0 ? lines : [`  ${detail}`])].join("\n");
}

/**
 * @param {string} text
 * @returns {unknown} undefined when it isn't JSON
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
