/** CESQL as a filter for documents with declared fields. */
import { typedValue, type JsonObject } from "../document/values.ts";
import type { Expression, PathExpression } from "./ast.ts";
import { checkDocumentExpression, type DocumentFields } from "./check-document.ts";
import { compilerOf } from "./compile.ts";
import { attempt, type CompileFailure } from "./faults.ts";
import { parseCesql } from "./parser.ts";
import { pathReader } from "./paths.ts";
import { checkPrecedence } from "./precedence.ts";
import type { Binding, Frame } from "./runtime.ts";

/** A filter that is ready to run. */
export interface DocumentFilter {
  /** Whether a document matches. Never throws. */
  matches: (document: JsonObject) => boolean;
  /** The checked expression: literals have the type that they are compared with, dates as epoch milliseconds. */
  expression: Expression;
}

/** A filter from its text. A name that is not declared, or a literal of the wrong type, is a failure with its place. */
export function compileDocumentFilter(
  text: string,
  fields: DocumentFields,
): ({ ok: true } & DocumentFilter) | CompileFailure {
  const parsed = parseCesql(text);
  return parsed.ok ? documentPredicate(parsed.expression, fields) : parsed;
}

/**
 * The filter that an expression is over documents with these fields. A field that is missing, null or an empty array
 * is absent; one with several values compares as any of them does. A document for which a function fails (as INT of a
 * text that is no integer) does not match.
 */
export function documentPredicate(
  expression: Expression,
  fields: DocumentFields,
): ({ ok: true } & DocumentFilter) | CompileFailure {
  return attempt(() => {
    checkPrecedence(expression);
    const checked = checkDocumentExpression(expression, fields);
    const run = compilerOf((path) => bindField(path, fields), true).boolean(checked);
    const matches = (document: JsonObject): boolean => {
      const frame: Frame<JsonObject> = { source: document, error: undefined };
      return run(frame) && frame.error === undefined;
    };
    return { matches, expression: checked };
  });
}

/** Only values of the declared type are seen, as the index sees them. */
function bindField({ path }: PathExpression, fields: DocumentFields): Binding<JsonObject> {
  const name = path.join(".");
  const type = fields[name];
  if (type === undefined) return { read: () => undefined, exists: () => false, required: false };
  const read = pathReader(name.split("."), (value) => typedValue(value, type));
  return { read, exists: (document) => read(document) !== undefined, required: false };
}
