/** Compares two versions of a function over what the platform has: recent kept events, or documents of a collection. */
import type { Context } from "hono";
import { compileEventFilter, type EventPredicate } from "../core/cesql/index.ts";
import { eventKey, type CloudEvent, type JsonValue } from "../core/cloudevents/event.ts";
import { validateEvent } from "../core/cloudevents/index.ts";
import {
  COMPARED_PART_MAX,
  DIFFERENCES_TOLD_MAX,
  type ComparedItem,
  type ComparedKind,
  type ComparisonPart,
  type ItemDifference,
  type VersionRuns,
} from "../core/contracts/function-comparison.ts";
import { isObject, type JsonObject } from "../core/document/values.ts";
import { KEPT_EVENTS } from "../core/platform-collections.ts";
import type { App } from "./app.ts";
import { refreshCollection } from "./catalog-cache.ts";
import { Problem } from "./problem.ts";
import { SearchRequest } from "./query/request.ts";
import { rootSearch } from "./query/root-search.ts";
import { validate } from "./validate.ts";

/** What is compared, and on what. Without a pipeline, a topic or a collection: events of any pipeline that keeps them. */
export interface Comparison {
  name: string;
  versions: [string, string];
  kind: ComparedKind;
  pipeline?: string | undefined;
  topic?: string | undefined;
  collection?: string | undefined;
  /** CESQL over the event, or over the document. */
  filter?: string | undefined;
  limit: number;
  input?: JsonValue | undefined;
  options?: object | undefined;
}

/** How long one request goes on comparing: it answers with what it has by then. */
const TIME_MAX_MS = 20_000;

/** Of what goes over in one call: RPC holds 32 MiB. */
const PART_CHARS_MAX = 4 * 1024 * 1024;

/** An item, and what it is called in the answer. */
interface Named {
  item: ComparedItem;
  about: { id: string; source?: string; kept?: string };
}

export async function compareOverItems(c: Context<App>, comparison: Comparison) {
  const { name, versions, kind, input, options, limit } = comparison;
  const endsAt = Date.now() + TIME_MAX_MS;
  const sum: ComparisonPart = {
    a: noRuns(versions[0]),
    b: noRuns(versions[1]),
    compared: 0,
    different: 0,
    items: [],
  };
  const differences: (Named["about"] & Pick<ItemDifference, "differences">)[] = [];
  for await (const part of partsOf(itemsOf(c, comparison), limit)) {
    const answer = await c.env.PIPELINES.compare({
      name,
      a: versions[0],
      b: versions[1],
      kind,
      items: part.map(({ item }) => item),
      ...(input === undefined ? {} : { input }),
      ...(options === undefined ? {} : { options }),
    });
    addPart(sum, answer);
    const about = new Map(part.map((each) => [each.item.id, each.about]));
    for (const item of answer.items) {
      if (differences.length === DIFFERENCES_TOLD_MAX) break;
      differences.push({ ...(about.get(item.id) ?? { id: item.id }), differences: item.differences });
    }
    if (Date.now() > endsAt) break;
  }
  const { a, b, compared, different } = sum;
  return {
    runs: [a, b].map((each) => ({ ...each, ms: Math.round(each.ms * 10) / 10 })),
    compared,
    same: compared - different,
    different,
    differences,
  };
}

function noRuns(version: string): VersionRuns {
  return { version, errors: 0, filtered: 0, ms: 0, steps: 0 };
}

function addPart(sum: ComparisonPart, part: ComparisonPart): void {
  sum.compared += part.compared;
  sum.different += part.different;
  addRuns(sum.a, part.a);
  addRuns(sum.b, part.b);
}

function addRuns(sum: VersionRuns, { errors, filtered, ms, steps }: VersionRuns): void {
  sum.errors += errors;
  sum.filtered += filtered;
  sum.ms += ms;
  sum.steps += steps;
}

/** Parts of what one call takes. */
async function* partsOf(items: AsyncGenerator<Named>, limit: number): AsyncGenerator<Named[]> {
  let part: Named[] = [];
  let chars = 0;
  let left = limit;
  for await (const named of items) {
    part.push(named);
    chars += JSON.stringify(named.item).length;
    left -= 1;
    if (left === 0) break;
    if (part.length === COMPARED_PART_MAX || chars > PART_CHARS_MAX) {
      yield part;
      part = [];
      chars = 0;
    }
  }
  if (part.length > 0) yield part;
}

function itemsOf(c: Context<App>, comparison: Comparison): AsyncGenerator<Named> {
  const { collection } = comparison;
  return collection === undefined ? keptEvents(c, comparison) : documentsOf(c, collection, comparison);
}

/** The newest first, each once, however many pipelines have kept it. */
async function* keptEvents(c: Context<App>, { pipeline, topic, filter }: Comparison): AsyncGenerator<Named> {
  const matches = eventPredicate(filter);
  if ((await refreshCollection(c.env.CATALOG, KEPT_EVENTS)) === null) return;
  // Names hold nothing that could end the text that they stand in (names.ts).
  const of = [
    ...(pipeline === undefined ? [] : [`pipeline = '${pipeline}'`]),
    ...(topic === undefined ? [] : [`topic = '${topic}'`]),
  ];
  const seen = new Set<string>();
  const request = { sort: ["-acceptedAt"], ...(of.length === 0 ? {} : { filter: of.join(" AND ") }) };
  for await (const { id, document } of searched(c, KEPT_EVENTS, request)) {
    const event = eventIn(document);
    if (event === undefined || seen.has(eventKey(event)) || !matches(event)) continue;
    seen.add(eventKey(event));
    yield { item: { id, event }, about: { id: event.id, source: event.source, kept: id } };
  }
}

async function* documentsOf(
  c: Context<App>,
  collection: string,
  { filter }: Comparison,
): AsyncGenerator<Named> {
  const request = filter === undefined ? {} : { filter };
  for await (const { id, document } of searched(c, collection, request)) {
    yield { item: { id, document }, about: { id } };
  }
}

async function* searched(
  c: Context<App>,
  collection: string,
  request: { sort?: string[]; filter?: string },
): AsyncGenerator<{ id: string; document: JsonObject }> {
  let cursor: string | undefined;
  do {
    const page = validate(SearchRequest, {
      ...request,
      limit: COMPARED_PART_MAX,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const answer = await rootSearch(c, collection, page);
    for (const { id, document } of answer.hits) if (isObject(document)) yield { id, document };
    cursor = answer.cursor;
  } while (cursor !== undefined);
}

function eventPredicate(filter: string | undefined): EventPredicate {
  if (filter === undefined) return () => true;
  const compiled = compileEventFilter(filter);
  if (compiled.ok) return compiled.matches;
  throw new Problem("invalid-filter", compiled.message, [{ path: "filter", message: compiled.message }]);
}

function eventIn(document: JsonObject): CloudEvent | undefined {
  const validation = validateEvent(document["event"]);
  return validation.ok ? validation.event : undefined;
}
