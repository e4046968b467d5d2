/** Requests on their way in, through the pipeline of their collection. */
import type { Collection } from "../core/collection.ts";
import { originOf } from "../core/cloudevents/origin.ts";
import { meter } from "../core/metrics/isolate-meter.ts";
import { isObject, type JsonObject } from "../core/document/values.ts";
import { failure, type Failure } from "../core/errors.ts";
import type { RootEnv } from "./app.ts";
import { Problem } from "./problem.ts";

export type Decorated = { ok: true; documents: JsonObject[] } | Failure;

/** Makes of documents what is to be stored: an outcome each, in their order; several, or none where one is filtered. */
export type DecorateDocuments = (documents: JsonObject[]) => Promise<Decorated[]>;

/** Undefined for a collection without a pipeline. */
export function documentDecorator(
  env: RootEnv,
  request: Request,
  { name, pipeline }: Collection,
): DecorateDocuments | undefined {
  if (pipeline === undefined) return undefined;
  return async function decorateDocuments(documents) {
    const answer = await env.PIPELINES.decorate(pipeline, {
      data: documents,
      type: "document",
      origin: originOf(request),
    });
    countDecorations(name, pipeline, answer.ok ? answer.outcomes : documents.map(() => answer));
    if (!answer.ok) return documents.map(() => answer);
    return documents.map((_, index): Decorated => {
      const outcome = answer.outcomes[index];
      if (outcome?.ok !== true) return outcome ?? failure("internal", "The pipeline did not answer.");
      return { ok: true, documents: outcome.data.filter(isObject) };
    });
  };
}

/** The one document that a pipeline makes of one that is written under its id; a problem where it is none or several. */
export async function decorateOne(
  decorate: DecorateDocuments | undefined,
  document: JsonObject,
  id: string,
): Promise<JsonObject> {
  if (decorate === undefined) return document;
  const [outcome] = await decorate([{ ...document, id }]);
  if (outcome?.ok !== true)
    throw Problem.from(outcome ?? failure("internal", "The pipeline did not answer."));
  const [made, more] = outcome.documents;
  if (made === undefined)
    throw new Problem("event-rejected", "The collection's pipeline filtered the document.");
  if (more !== undefined)
    throw new Problem("event-rejected", "The collection's pipeline made several documents of it.");
  return made;
}

function countDecorations(collection: string, pipeline: string, outcomes: readonly { ok: boolean }[]): void {
  for (const { ok } of outcomes)
    meter().count("umbel_decorations_total", { collection, pipeline, outcome: ok ? "ok" : "failed" });
}

/** A search as its collection's pipeline makes it. */
export async function decorateSearch(
  env: RootEnv,
  request: Request,
  { name, searchPipeline }: Collection,
  search: unknown,
): Promise<unknown> {
  if (searchPipeline === undefined || !isObject(search)) return search;
  const answer = await env.PIPELINES.decorate(searchPipeline, {
    data: [search],
    type: "search",
    origin: originOf(request),
  });
  countDecorations(name, searchPipeline, answer.ok ? answer.outcomes : [answer]);
  if (!answer.ok) throw Problem.from(answer);
  const [outcome] = answer.outcomes;
  if (outcome === undefined) throw new Problem("internal", "The pipeline did not answer.");
  if (!outcome.ok) throw Problem.from(outcome);
  const [made] = outcome.data;
  if (made === undefined || outcome.data.length > 1) {
    throw new Problem("event-rejected", "The collection's search pipeline does not let this search through.");
  }
  return made;
}
