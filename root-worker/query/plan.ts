/** Planning: a valid request becomes the plan that every leaf runs. Pure. */
import { compileDocumentFilter } from "../../core/cesql/index.ts";
import { fieldsOfType, type Collection, type FieldType, type Fields } from "../../core/collection.ts";
import type { SearchPlan } from "../../core/contracts/search.ts";
import { failure, type Failure, type FieldError, type Result } from "../../core/errors.ts";
import { aggregationRequests } from "../../core/query/aggregation-request.ts";
import { FACET_LIMIT_DEFAULT, type FacetRequest } from "../../core/query/facets.ts";
import { filterTypes } from "../../core/query/filter-types.ts";
import { parseQuery } from "../../core/query/parse-query.ts";
import { BY_SCORE, type SortKey } from "../../core/query/sort.ts";
import type { SearchRequest } from "./request.ts";

export interface Planned {
  /** With the request's limit, and without anything to rank by: the waves decide on that. */
  plan: SearchPlan;
  /** The query has text but no word in it, which no document matches. */
  matchesNothing: boolean;
}

/** The plan of a request, or what in it does not fit the collection. `after` comes from the cursor. */
export function planSearch(
  request: SearchRequest,
  collection: Collection,
  after: SearchPlan["after"],
): Result<Planned> {
  const { fields } = collection;
  const texts = fieldsOfType(fields, "text");
  const searched = request.fields ?? texts;
  const sort = sortKeys(request.sort);
  const facets = facetRequests(request.facets);
  const aggregations = aggregationRequests(request.aggregations ?? {}, fields);
  const errors = [
    ...unknown(
      "fields",
      searched,
      (field) => fields[field]?.type === "text",
      "is not a text field of the collection",
    ),
    ...unknown(
      "highlight",
      request.highlight ?? [],
      (field) => fields[field]?.type === "text",
      "is not a text field of the collection",
    ),
    ...unknown(
      "sort",
      sort.map(({ field }) => field),
      (field) => isSortable(field, fields),
      "is not a field of the collection",
    ),
    ...facetErrors(facets, fields),
    ...aggregations.errors,
  ];
  if (errors.length > 0) return unplannable(errors, aggregations.malformed);

  const query = parseQuery(request.q ?? "", { fields, searched, operator: request.operator });
  if (!query.ok) return query;
  if (request.filter !== undefined) {
    const problem = filterProblem(request.filter, fields);
    if (problem !== undefined) return problem;
  }
  const plan: SearchPlan = {
    clauses: query.clauses,
    searched: searched.map((field) => {
      const boost = fields[field]?.boost;
      return boost === undefined ? { field } : { field, boost };
    }),
    ...(request.filter === undefined ? {} : { filter: request.filter }),
    sort,
    limit: request.limit,
    ...(after === undefined ? {} : { after }),
    facets,
    aggregations: aggregations.requests,
    ...(request.select === undefined ? {} : { select: request.select }),
    highlight: request.highlight ?? [],
  };
  return { ok: true, plan, matchesNothing: query.clauses.length === 0 && !query.empty };
}

/** The request's sort keys, as the plan and the cursor have them. */
export function sortKeys(sort: readonly string[] | undefined): SortKey[] {
  if (sort === undefined || sort.length === 0) return [...BY_SCORE];
  return sort.map((key) =>
    key.startsWith("-") ? { field: key.slice(1), descending: true } : { field: key, descending: false },
  );
}

function isSortable(field: string, fields: Fields): boolean {
  return field === "id" || field === "_score" || Object.hasOwn(fields, field);
}

function unknown(
  member: string,
  names: readonly string[],
  known: (name: string) => boolean,
  message: string,
): FieldError[] {
  return names.flatMap((name, index) =>
    known(name) ? [] : [{ path: `${member}[${index}]`, message: `${name} ${message}` }],
  );
}

function unplannable(errors: FieldError[], malformed: boolean): Failure {
  return failure(
    malformed ? "invalid-request" : "unknown-field",
    errors.map(({ path, message }) => `${path}: ${message}`).join("; "),
    errors,
  );
}

function facetRequests(facets: SearchRequest["facets"]): FacetRequest[] {
  if (facets === undefined) return [];
  if (Array.isArray(facets)) {
    return facets.map((field) => ({ kind: "values", field, limit: FACET_LIMIT_DEFAULT }));
  }
  return Object.entries(facets).map(([field, { limit, interval, ranges }]) => {
    if (interval !== undefined) return { kind: "interval", field, interval };
    if (ranges !== undefined) return { kind: "ranges", field, ranges };
    return { kind: "values", field, limit: limit ?? FACET_LIMIT_DEFAULT };
  });
}

function facetErrors(facets: readonly FacetRequest[], fields: Fields): FieldError[] {
  return facets.flatMap((facet) => {
    const type = Object.hasOwn(fields, facet.field) ? fields[facet.field]?.type : undefined;
    const message = type === undefined ? "is not a field of the collection" : facetProblem(facet, type);
    return message === undefined
      ? []
      : [{ path: `facets.${facet.field}`, message: `${facet.field} ${message}` }];
  });
}

function facetProblem(facet: FacetRequest, type: FieldType): string | undefined {
  if (type === "text") return "is text, which is searched and has no facets";
  if (facet.kind === "values") return undefined;
  if (type !== "number" && type !== "date") return `is a ${type}; ${facet.kind} are for numbers and dates`;
  if (facet.kind === "interval" && typeof facet.interval === "string" && type !== "date") {
    return `is a ${type}; an interval of a ${facet.interval} is for dates`;
  }
  return undefined;
}

/** What is wrong with a filter over a collection's fields; undefined: nothing. */
export function filterProblem(filter: string, fields: Fields): Failure | undefined {
  const compiled = compileDocumentFilter(filter, filterTypes(fields));
  if (compiled.ok) return undefined;
  const { message } = compiled;
  return failure("invalid-filter", message, [{ path: "filter", message }]);
}
