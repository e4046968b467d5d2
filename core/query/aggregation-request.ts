/** What aggregations a search asks for: from the request's words to what leaves work by, or what is wrong with them. */
import type { Fields, FieldType } from "../collection.ts";
import type { FieldError } from "../errors.ts";

const KINDS = ["min", "max", "sum", "avg", "count", "distinct", "percentiles"] as const;
export type AggregationKind = (typeof KINDS)[number];

/** An aggregation as a caller writes it: `{"sum": "gross", "by": "genre"}`, `{"percentiles": "votes", "at": [50]}`. */
export type AggregationInput = { [kind in AggregationKind]?: string | undefined } & {
  at?: number[] | undefined;
  by?: string | undefined;
  limit?: number | undefined;
};

/** An aggregation as a leaf works it out. Plain data. */
export interface AggregationRequest {
  name: string;
  kind: AggregationKind;
  field: string;
  type: FieldType;
  /** Percentages, for percentiles. */
  at: number[];
  /** The field whose values make the groups; absent: one group of everything. */
  by?: string;
  /** Groups in the answer. */
  limit: number;
}

/** A partial of an aggregation has up to about a megabyte, and an RPC message 32. */
export const AGGREGATIONS_MAX = 16;

export const PERCENTAGES_MAX = 32;
const PERCENTAGES_DEFAULT = [50, 95, 99];

/** What leaves keep of groups: see GROUPS_MAX and SKETCHED_GROUPS_MAX in aggregations.ts. */
const GROUP_LIMIT_MAX = 1_000;
const SKETCHED_GROUP_LIMIT_MAX = 100;
const GROUP_LIMIT_DEFAULT = 100;

/**
 * The aggregations by name, in the request's order, and what is wrong with them: names of fields that there are not,
 * types that do not fit, percentages out of 0 to 100. With errors the requests are not all there. `malformed`: not all of them are
 * about fields that there are not, or of another type.
 */
export function aggregationRequests(
  input: Readonly<Record<string, AggregationInput>>,
  fields: Fields,
): { requests: AggregationRequest[]; errors: FieldError[]; malformed: boolean } {
  const names = Object.keys(input);
  const errors: FieldError[] = [];
  let malformed = false;
  if (names.length > AGGREGATIONS_MAX) {
    malformed = true;
    errors.push({ path: "aggregations", message: `there are at most ${AGGREGATIONS_MAX} aggregations` });
  }
  const requests = Object.entries(input).flatMap(([name, aggregation]) => {
    const path = `aggregations.${name}`;
    const kinds = KINDS.filter((kind) => aggregation[kind] !== undefined);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      malformed = true;
      errors.push({ path, message: `takes one of ${KINDS.join(", ")}` });
      return [];
    }
    const problems = problemsOf(kind, aggregation, fields);
    malformed ||= problems.some((problem) => problem.path === "at" || problem.path === "limit");
    errors.push(
      ...problems.map((problem) => ({ path: `${path}.${problem.path}`, message: problem.message })),
    );
    return problems.length > 0 ? [] : [requestOf(name, kind, aggregation, fields)];
  });
  return { requests, errors, malformed };
}

/** Whether the state of a group can be a sketch, which is larger than a number. */
export function isSketched(kind: AggregationKind): boolean {
  return kind === "distinct" || kind === "percentiles";
}

function requestOf(
  name: string,
  kind: AggregationKind,
  { at, by, limit, ...kinds }: AggregationInput,
  fields: Fields,
): AggregationRequest {
  const field = kinds[kind] ?? "";
  return {
    name,
    kind,
    field,
    type: fields[field]?.type ?? "number",
    at: kind === "percentiles" ? (at ?? PERCENTAGES_DEFAULT) : [],
    ...(by === undefined ? {} : { by }),
    limit: limit ?? GROUP_LIMIT_DEFAULT,
  };
}

function problemsOf(
  kind: AggregationKind,
  { at, by, limit, ...kinds }: AggregationInput,
  fields: Fields,
): FieldError[] {
  const problems: FieldError[] = [];
  const field = kinds[kind] ?? "";
  const ofField = fieldProblem(field, fields) ?? typeProblem(kind, field, fields[field]?.type);
  if (ofField !== undefined) problems.push({ path: kind, message: ofField });
  const ofGroups = by === undefined ? undefined : fieldProblem(by, fields);
  if (ofGroups !== undefined) problems.push({ path: "by", message: ofGroups });
  const ofPercentages = percentagesProblem(kind, at);
  if (ofPercentages !== undefined) problems.push({ path: "at", message: ofPercentages });
  const ofLimit = limit === undefined ? undefined : limitProblem(kind, limit, by);
  if (ofLimit !== undefined) problems.push({ path: "limit", message: ofLimit });
  return problems;
}

function fieldProblem(field: string, fields: Fields): string | undefined {
  if (!Object.hasOwn(fields, field)) return `${field} is not a field of the collection`;
  return fields[field]?.type === "text"
    ? `${field} is text, which is searched and not aggregated`
    : undefined;
}

function typeProblem(kind: AggregationKind, field: string, type: FieldType | undefined): string | undefined {
  if (type === "number" || kind === "count" || kind === "distinct") return undefined;
  if (kind !== "min" && kind !== "max") return `${field} is a ${type}; ${kind} is for numbers`;
  return type === "date" ? undefined : `${field} is a ${type}; ${kind} is for numbers and dates`;
}

function percentagesProblem(kind: AggregationKind, at: number[] | undefined): string | undefined {
  if (at === undefined) return undefined;
  if (kind !== "percentiles") return "belongs to percentiles";
  if (at.length === 0 || at.length > PERCENTAGES_MAX) return `has 1 to ${PERCENTAGES_MAX} percentages`;
  return at.every((percent) => percent >= 0 && percent <= 100) ? undefined : "has percentages from 0 to 100";
}

function limitProblem(kind: AggregationKind, limit: number, by: string | undefined): string | undefined {
  if (by === undefined) return "belongs to groups: name a field with by";
  const max = isSketched(kind) ? SKETCHED_GROUP_LIMIT_MAX : GROUP_LIMIT_MAX;
  return Number.isInteger(limit) && limit >= 1 && limit <= max
    ? undefined
    : `is a whole number from 1 to ${max}`;
}
