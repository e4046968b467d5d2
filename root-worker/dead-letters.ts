/** What is done with dead letters: found by the platform's own search, accepted once more, deleted. */
import type { Context } from "hono";
import { parseCesql } from "../core/cesql/index.ts";
import { validateEvent, type CloudEvent } from "../core/cloudevents/index.ts";
import { isConfidential } from "../core/cloudevents/platform-attributes.ts";
import { writeOperations } from "../core/document/write-operations.ts";
import { isObject, type JsonObject } from "../core/document/values.ts";
import { failure, type Failure } from "../core/errors.ts";
import { DEAD_LETTERS } from "../core/platform-collections.ts";
import type { App } from "./app.ts";
import { findCollection, refreshCollection } from "./catalog-cache.ts";
import { Problem } from "./problem.ts";
import { SearchRequest } from "./query/request.ts";
import { rootSearch } from "./query/root-search.ts";
import { validate } from "./validate.ts";

export interface Which {
  pipeline?: string | undefined;
  q?: string | undefined;
  filter?: string | undefined;
}

interface Page {
  limit: number;
  cursor?: string | undefined;
}

/** Letters of one page of what is done with many. */
const PAGE_LETTERS = 50;

/** How long one request goes on with many letters. */
const TIME_MAX_MS = 20_000;

export async function searchLetters(c: Context<App>, { pipeline, q, filter, limit, cursor }: Which & Page) {
  const which = filterOf(pipeline, filter);
  if ((await refreshCollection(c.env.CATALOG, DEAD_LETTERS)) === null) {
    return { deadLetters: [], total: { count: 0, exact: true } };
  }
  const request = validate(SearchRequest, {
    ...(q === undefined ? { sort: ["-diedAt"] } : { q }),
    ...which,
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const answer = await rootSearch(c, DEAD_LETTERS, request);
  return {
    deadLetters: answer.hits.map(({ document }) => document),
    total: answer.total,
    ...(answer.cursor === undefined ? {} : { cursor: answer.cursor }),
  };
}

/**
 * A pipeline's name holds nothing that could end the text that it stands in (names.ts). A filter has to be one by itself: `TRUE) OR (TRUE` would
 * end the parentheses that it stands in, and let the letters of all pipelines through.
 */
function filterOf(pipeline: string | undefined, filter: string | undefined): { filter?: string } {
  if (filter !== undefined) {
    const parsed = parseCesql(filter);
    if (!parsed.ok) {
      throw new Problem("invalid-filter", parsed.message, [{ path: "filter", message: parsed.message }]);
    }
  }
  if (pipeline === undefined) return filter === undefined ? {} : { filter };
  const own = `pipeline = '${pipeline}'`;
  return { filter: filter === undefined ? own : `${own} AND (${filter})` };
}

/** Does something with each letter that is meant, which takes it away. Whether any are left when the time is over. */
export async function eachPage(
  c: Context<App>,
  which: Which,
  work: (id: string, letter: JsonObject) => Promise<void>,
): Promise<boolean> {
  const endsAt = Date.now() + TIME_MAX_MS;
  let cursor: string | undefined;
  for (;;) {
    const page = await searchLetters(c, { ...which, limit: PAGE_LETTERS, cursor });
    for (const letter of page.deadLetters) {
      const { id } = letter;
      if (typeof id === "string") await work(id, letter);
    }
    cursor = "cursor" in page ? page.cursor : undefined;
    if (cursor === undefined) return false;
    if (Date.now() > endsAt) return true;
  }
}

/** Accepts a letter's event once more for its pipeline as that is now, and lets the letter go; or says why not. */
export async function replayLetter(
  c: Context<App>,
  id: string,
  letter: unknown,
): Promise<Failure | undefined> {
  const read = readLetter(letter);
  if (read === undefined) return failure("corrupt", "The dead letter can't be read.");
  const { topic, pipeline: name, event, first } = read;
  if (isConfidential(event)) return failure("gone", "The event was confidential, and its data is not kept.");
  const pipeline = await c.env.CATALOG.getPipeline(name);
  if (pipeline === null) return failure("unknown-pipeline", `There is no pipeline "${name}" any more.`);
  const { version } = pipeline;
  const answer = await c.env.JOURNAL.replay(topic, { name, version }, [{ event, ...first }]);
  if (!answer.ok) return answer;
  // Accepted first: a crash between leaves the letter, and the event is replayed twice rather than never.
  await deleteLetter(c, id);
  return undefined;
}

function readLetter(letter: unknown) {
  if (!isObject(letter) || !isObject(letter["accepted"])) return undefined;
  const { topic, pipeline, accepted } = letter;
  const { sequence, index, at, attributes } = letter["accepted"];
  const event = eventOf(letter["event"], attributes);
  if (
    event === undefined ||
    accepted === undefined ||
    typeof topic !== "string" ||
    typeof pipeline !== "string" ||
    typeof sequence !== "number" ||
    typeof index !== "number" ||
    typeof at !== "number"
  ) {
    return undefined;
  }
  return { topic, pipeline, event, first: { sequence, index, acceptedAt: at } };
}

/** The event as it was accepted, with what the platform had given it. */
function eventOf(stored: unknown, attributes: unknown): CloudEvent | undefined {
  const value: unknown = typeof stored === "string" ? JSON.parse(stored) : stored;
  if (!isObject(value)) return undefined;
  const validation = validateEvent({ ...value, ...(isObject(attributes) ? attributes : {}) });
  return validation.ok ? validation.event : undefined;
}

export async function deleteLetter(c: Context<App>, id: string): Promise<void> {
  const collection = await findCollection(c.env.CATALOG, DEAD_LETTERS);
  const services = {
    branches: c.var.branches,
    refresh: () => refreshCollection(c.env.CATALOG, DEAD_LETTERS),
  };
  const { outcomes } = await writeOperations(services, collection, [{ kind: "delete", id }]);
  const [outcome] = outcomes;
  if (outcome?.ok === false) throw Problem.from(outcome);
}
