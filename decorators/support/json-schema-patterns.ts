/**
 * Makes a JSON Schema safe to run on strangers' data with @cfworker/json-schema, which evaluates `pattern` by JavaScript's own regular
 * expressions, as slowly as a sender likes. Formats are functions, though, and looked up by name: each `pattern` becomes
 * the format `pattern:<source>`, and names of that kind find an engine that takes linear time (pattern.ts).
 */
import { format, type Schema } from "@cfworker/json-schema";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** Patterns that are kept compiled; more than the schemas of an isolate have. */
const PATTERNS_CACHED_MAX = 500;

/** Of a schema in all: it is gone through with recursion, and each level costs every event. */
const LEVELS_MAX = 64;

const PREFIX = "pattern:";
const patterns = new Map<string, Pattern>();

function patternOf(source: string): Pattern | undefined {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const compiled = compilePattern(source);
  if (!compiled.ok) return undefined;
  if (patterns.size >= PATTERNS_CACHED_MAX) patterns.clear();
  patterns.set(source, compiled.pattern);
  return compiled.pattern;
}

// Asked for names that the library itself does not know. Anything else stays unknown, and so unchecked.
Object.setPrototypeOf(
  format,
  new Proxy<object>(Object.freeze({}), {
    get(_, name) {
      if (typeof name !== "string" || !name.startsWith(PREFIX)) return undefined;
      const pattern = patternOf(name.slice(PREFIX.length));
      return pattern === undefined ? undefined : (text: string) => pattern.test(text);
    },
  }),
);

/** The library's takes exponential time for some texts. */
format["url"] = (text) => URL.canParse(text);

const SCHEMA_KEYS = new Set(
  (
    "additionalItems additionalProperties contains contentSchema else if items not propertyNames then unevaluatedItems " +
    "unevaluatedProperties"
  ).split(" "),
);
const SCHEMA_LIST_KEYS = new Set("allOf anyOf oneOf prefixItems items".split(" "));
const SCHEMA_MAP_KEYS = new Set("$defs definitions dependentSchemas patternProperties properties".split(" "));

/** Names of properties are short; what a pattern of theirs may look at is bounded, since it is JavaScript's engine that runs. */
export const PROPERTY_NAME_CHARS_MAX = 200;

export interface SafeSchema {
  schema: Schema;
  /** Whether names of properties are matched by patterns. */
  matchesNames: boolean;
}

interface Walk {
  fault: (path: readonly PropertyKey[], message: string) => void;
  /** Places that `$ref` may lead to: those that were made safe. */
  seen: Set<string>;
  references: { to: string; path: readonly PropertyKey[] }[];
  matchesNames: boolean;
}

/** A copy of the schema with its patterns made safe; faults of it are told with their places. */
export function safeSchema(schema: unknown, fault: Walk["fault"]): SafeSchema {
  const walk: Walk = { fault, seen: new Set(), references: [], matchesNames: false };
  const safe = safeCopy(schema, [], walk);
  for (const { to, path } of walk.references) {
    if (!walk.seen.has(to))
      fault(path, `refers to ${to}, where there is no schema; others than #/… and #name are not fetched`);
  }
  return { schema: safe, matchesNames: walk.matchesNames };
}

/** A boolean is a schema as well, which the library takes, and whose types for it do not say so. */
function safeCopy(schema: unknown, path: readonly PropertyKey[], walk: Walk): Schema {
  if (typeof schema === "boolean") return schema as unknown as Schema;
  if (!isObject(schema) || path.length > LEVELS_MAX) {
    walk.fault(
      path,
      isObject(schema) ? `is nested deeper than ${LEVELS_MAX} levels` : "must be an object or a boolean",
    );
    return {};
  }
  note(schema, path, walk);
  const safe: Schema = {};
  for (const [name, value] of Object.entries(schema)) {
    const at = [...path, name];
    if (SCHEMA_LIST_KEYS.has(name) && Array.isArray(value)) {
      safe[name] = value.map((each: unknown, index) => safeCopy(each, [...at, index], walk));
    } else if (SCHEMA_KEYS.has(name)) safe[name] = safeCopy(value, at, walk);
    else if (SCHEMA_MAP_KEYS.has(name)) safe[name] = safeMap(value, at, walk);
    else if (name === "dependencies") safe[name] = safeDependencies(value, at, walk);
    else if (name !== "pattern") safe[name] = value;
  }
  const { pattern } = schema;
  if (pattern === undefined) return safe;
  const checked = checkPattern(pattern, [...path, "pattern"], walk);
  if (checked === undefined) return safe;
  const others: Schema[] = safe.allOf ?? [];
  safe.allOf = [...others, { format: PREFIX + checked }];
  return safe;
}

function safeMap(value: unknown, path: readonly PropertyKey[], walk: Walk): Record<string, Schema> {
  if (!isObject(value)) {
    walk.fault(path, "must be an object");
    return {};
  }
  const matches = path.at(-1) === "patternProperties";
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (matches) checkNamePattern(name, [...path, name], walk);
      return [name, safeCopy(each, [...path, name], walk)];
    }),
  );
}

function safeDependencies(
  value: unknown,
  path: readonly PropertyKey[],
  walk: Walk,
): Record<string, Schema | string[]> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      // Names that are needed too; what is no text among them is never there, and so never needed.
      const safe = Array.isArray(each)
        ? each.filter((one) => typeof one === "string")
        : safeCopy(each, [...path, name], walk);
      return [name, safe];
    }),
  );
}

function note(schema: JsonObject, path: readonly PropertyKey[], walk: Walk): void {
  walk.seen.add(path.length === 0 ? "#" : `#/${path.map((step) => pointerStep(String(step))).join("/")}`);
  for (const name of ["$anchor", "$dynamicAnchor", "$id", "id"]) {
    const value = schema[name];
    if (typeof value !== "string") continue;
    if (name.endsWith("nchor")) walk.seen.add(`#${value}`);
    walk.seen.add(value);
  }
  for (const name of ["$ref", "$dynamicRef", "$recursiveRef"]) {
    const to = schema[name];
    if (typeof to === "string") walk.references.push({ to, path: [...path, name] });
  }
}

/** RFC 6901, sections 3 and 6: as a fragment of a URI writes it. */
function pointerStep(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function checkPattern(source: unknown, path: readonly PropertyKey[], walk: Walk): string | undefined {
  const compiled = typeof source === "string" ? compilePattern(source) : undefined;
  if (compiled?.ok === true) return String(source);
  walk.fault(path, compiled?.message ?? "must be a text");
  return undefined;
}

/** One repetition without a bound at most, and none of a group: at most quadratic in a short name. */
function checkNamePattern(source: string, path: readonly PropertyKey[], walk: Walk): void {
  walk.matchesNames = true;
  if (source === "" || checkPattern(source, path, walk) === undefined) return;
  const plain = source.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/gs, "x");
  const repetitions = plain.match(/[*+]|\{\d+,\d*\}/g) ?? [];
  if (repetitions.length > 1 || /\)(?:[*+]|\{)/.test(plain)) {
    walk.fault(
      path,
      "repeats more than one part, or a group: names of properties are matched by simpler patterns alone",
    );
  }
}
