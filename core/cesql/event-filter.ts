/** CESQL as a filter for events: their attributes, and paths into their JSON data. */
import { walk, type Expression, type PathExpression } from "./ast.ts";
import { compilerOf } from "./compile.ts";
import { evaluateIn, singleValue, type Evaluation } from "./evaluate.ts";
import { attempt, Fault, quoted, type CompileFailure } from "./faults.ts";
import { findFunction } from "./functions.ts";
import { parseCesql } from "./parser.ts";
import { acceptAnything, acceptPrimitive, pathReader } from "./paths.ts";
import { checkPrecedence } from "./precedence.ts";
import type { Binding, Frame } from "./runtime.ts";

/** A CloudEvent as JSON writes it (JSON Event Format, section 3): attributes and extensions, and `data`. */
export type FilteredEvent = object;

/** Whether an event passes. Never throws. */
export type EventPredicate = (event: FilteredEvent) => boolean;

/**
 * The filter that an expression is (sections 1.2 and 3.2): an event passes where the value is true, and not where it
 * is anything else or an error arises, as for an attribute that the event lacks. `data.a.b` leads into the data; what
 * is not there is no error, but absent.
 */
export function eventPredicate(expression: Expression): EventPredicate {
  const run = compilerOf(bindEvent, false).operand(expression);
  return (event) => {
    const frame: Frame<FilteredEvent> = { source: event, error: undefined };
    const value = run(frame);
    return frame.error === undefined && singleValue(value) === true;
  };
}

/** What an expression is for one event, and the error that keeps the event from passing: for whoever asks why. */
export function evaluateEvent(expression: Expression, event: FilteredEvent): Evaluation {
  return evaluateIn(expression, event, bindEvent);
}

/**
 * A filter from its text. What could never pass, or is unlikely to mean what was meant, is refused: functions that
 * there are not, names that no attribute has, values that are no boolean, and what SQL would read otherwise.
 */
export function compileEventFilter(
  text: string,
): { ok: true; matches: EventPredicate; expression: Expression } | CompileFailure {
  const parsed = parseCesql(text);
  if (!parsed.ok) return parsed;
  const { expression } = parsed;
  return attempt(() => {
    checkPrecedence(expression);
    for (const { node } of walk(expression)) {
      if (node.kind === "path") checkName(node);
      if (node.kind === "call") checkCall(node.name, node.arguments.length, node.position);
    }
    if (!canBeBoolean(expression)) {
      throw new Fault("type", expression.position, "A filter is true or false, and this is neither");
    }
    return { matches: eventPredicate(expression), expression };
  });
}

/** CloudEvents 1.0, "Naming conventions": lower-case letters and digits. CESQL's names are read in either case. */
const ATTRIBUTE_NAME = /^[a-z0-9]+$/;

function checkName({ path, position }: PathExpression): void {
  const [name = ""] = path;
  if (name.toLowerCase() === "data") return;
  const full = path.join(".");
  if (path.length > 1) {
    throw new Fault(
      "unknownName",
      position,
      `Attributes have no paths: for the event's data write data.${full}`,
    );
  }
  if (!ATTRIBUTE_NAME.test(name.toLowerCase())) {
    const advice = `for the event's data write data.${full}`;
    throw new Fault("unknownName", position, `No attribute can be called ${quoted(full)}: ${advice}`);
  }
}

function checkCall(name: string, arity: number, position: number): void {
  const found = findFunction(name, arity);
  if ("missing" in found) throw new Fault("missingFunction", position, found.missing);
}

function canBeBoolean(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
      return typeof expression.value === "boolean";
    case "call": {
      const found = findFunction(expression.name, expression.arguments.length);
      return !("missing" in found) && found.returns === "boolean";
    }
    case "negate":
    case "arithmetic":
      return false;
    case "path":
    case "not":
    case "logic":
    case "comparison":
    case "like":
    case "in":
    case "exists":
      return true;
  }
}

function bindEvent({ path }: PathExpression): Binding<FilteredEvent> {
  const [first = "", ...steps] = path;
  const name = first.toLowerCase();
  if (name === "data") {
    const exists = pathReader(["data", ...steps], acceptAnything);
    const read = pathReader(["data", ...steps], acceptPrimitive);
    return { read, exists: (event) => exists(event) !== undefined, required: false };
  }
  const read = steps.length === 0 ? pathReader([name], acceptPrimitive) : () => undefined;
  return { read, exists: (event) => read(event) !== undefined, required: true };
}
