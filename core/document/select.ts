/** Projection: the part of a document that a caller asked for. */
import { isObject, type JsonObject } from "./values.ts";

/** A document with its id and the selected paths alone. A path through an array selects in each of its objects. */
export function selectFields(document: JsonObject, paths: readonly string[]): JsonObject {
  return select(
    document,
    ["id", ...paths].map((path) => path.split(".")),
  );
}

function select(object: JsonObject, paths: string[][]): JsonObject {
  const byStep = Map.groupBy(paths, ([step = ""]) => step);
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
      const rests = byStep.get(name)?.map((path) => path.slice(1));
      if (rests === undefined) return [];
      return [[name, rests.some((rest) => rest.length === 0) ? value : selectWithin(value, rests)]];
    }),
  );
}

function selectWithin(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.map((item) => selectWithin(item, paths));
  return isObject(value) ? select(value, paths) : value;
}
