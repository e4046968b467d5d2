/** Options that several decorators have: each is checked and prepared while the declaration is, with its place in errors. */
import { z } from "zod";
import { compileEventFilter, type EventPredicate } from "../../core/cesql/index.ts";
import { NAME_PATTERN } from "../../core/names.ts";
import { PATHS_MAX } from "../limits.ts";
import { compilePattern } from "./pattern.ts";
import { isPlural, parsePath, writeProblem, type EventPath } from "./path.ts";

/** `one`: a single place. `many`: it may hold `[*]`. `target`: a single place that may be written to. */
export type PathUse = "one" | "many" | "target";

/** A path in an event (path.ts). */
export function pathOption(use: PathUse) {
  return z.string().transform((text, context): EventPath => {
    const checked = checkPath(text, use);
    if (typeof checked !== "string") return checked;
    context.addIssue({ code: "custom", message: checked });
    return z.NEVER;
  });
}

/** One path or a list of them; each may hold `[*]`. */
export function pathsOption() {
  const list = z.array(z.string()).min(1, "names at least one path").max(PATHS_MAX);
  // Read as texts first: a union would say of a wrong path only that it fits neither side.
  return z.union([z.string(), list]).transform((given, context) => {
    const texts = typeof given === "string" ? [given] : given;
    return texts.flatMap((text, index): EventPath[] => {
      const checked = checkPath(text, "many");
      if (typeof checked !== "string") return [checked];
      const path = typeof given === "string" ? [] : [index];
      context.addIssue({ code: "custom", path, message: checked });
      return [];
    });
  });
}

/** Paths by path. */
export function pathMapOption(from: PathUse, to: PathUse) {
  return mapOption(from, z.string()).transform((entries, context) =>
    entries.map(([key, text]): [EventPath, EventPath] => {
      const checked = checkPath(text, to);
      if (typeof checked !== "string") return [key, checked];
      context.addIssue({ code: "custom", path: [key.text], message: checked });
      return [key, key];
    }),
  );
}

/** Values by path, at least one, in the order of the declaration. */
export function mapOption<Value extends z.ZodType>(use: PathUse, value: Value) {
  return z.record(z.string(), value).transform((record, context) => {
    const entries = Object.entries(record);
    if (entries.length === 0) context.addIssue({ code: "custom", message: "names at least one path" });
    if (entries.length > PATHS_MAX)
      context.addIssue({ code: "custom", message: `names at most ${PATHS_MAX} paths` });
    return entries.flatMap(([text, each]): [EventPath, z.output<Value>][] => {
      const checked = checkPath(text, use);
      if (typeof checked !== "string") return [[checked, each]];
      context.addIssue({ code: "custom", path: [text], message: checked });
      return [];
    });
  });
}

/** CESQL over the event: a condition. */
export function conditionOption() {
  return z.string().transform((text, context): EventPredicate => {
    const compiled = compileEventFilter(text);
    if (compiled.ok) return compiled.matches;
    context.addIssue({ code: "custom", message: compiled.message });
    return z.NEVER;
  });
}

/** A regular expression (pattern.ts). Case is a flag of the pattern: `(?i)`. */
export function patternOption() {
  return z.string().transform((text, context) => {
    const compiled = compilePattern(text);
    if (compiled.ok) return compiled.pattern;
    context.addIssue({ code: "custom", message: compiled.message });
    return z.NEVER;
  });
}

/** What a collection, a topic or a pipeline is called. */
export const nameOption = () =>
  z
    .string()
    .regex(NAME_PATTERN, "must begin with a letter, and have letters, digits, _ and - alone (at most 63)");

/** A key: its text, or the name of a secret of the pipelines Worker that holds it. */
export const keyOption = () =>
  z.union([
    z.string().min(1, "must not be empty"),
    z.strictObject({
      secret: z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/, "must be capital letters, digits and _ alone"),
    }),
  ]);

export type KeyOption = z.output<ReturnType<typeof keyOption>>;

export const ignoreMissingOption = () =>
  z.boolean().default(false).describe("Leaves an event as it is where nothing is at the path, or null.");

/** An IANA time zone. */
export const timeZoneOption = () =>
  z.string().refine(isTimeZone, "must be a time zone, such as Europe/Berlin or UTC").default("UTC");

function isTimeZone(name: string): boolean {
  try {
    // Its constructor is what knows the names.
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function checkPath(text: string, use: PathUse): EventPath | string {
  const parsed = parsePath(text);
  if (!parsed.ok) return parsed.message;
  if (use !== "many" && isPlural(parsed.path)) return `${text} names several places, where one is meant`;
  return (use === "target" ? writeProblem(parsed.path) : undefined) ?? parsed.path;
}
