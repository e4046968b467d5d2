/** Evaluation as the specification describes it: a value, and the errors on the way. */
import { compilerOf } from "./compile.ts";
import { isMany, type Bind, type CesqlError, type Frame, type Operand } from "./runtime.ts";
import type { CesqlValue, Expression } from "./ast.ts";

/** What an expression is evaluated against. */
export interface EvaluationContext {
  /** What a path leads to; undefined: nothing. */
  get: (path: readonly string[]) => Operand;
  /** Whether a path may lead to nothing without an error. Without this: a path of two segments or more. */
  isOptional?: (path: readonly string[]) => boolean;
}

/** A value, and the errors that arose: at most one, since evaluation fails fast (section 4.1). */
export interface Evaluation {
  /** After an error: the zero value of the expression's type, or what the failed function or NOT answers then. */
  value: CesqlValue;
  errors: CesqlError[];
}

/** Evaluates an expression. What is absent without being an error is false. */
export function evaluate(expression: Expression, context: EvaluationContext): Evaluation {
  return evaluateIn(expression, context, ({ path }) => ({
    read: (source) => source.get(path),
    exists: (source) => source.get(path) !== undefined,
    required: !(context.isOptional?.(path) ?? path.length > 1),
  }));
}

/** Evaluates an expression against anything that `bind` can read. */
export function evaluateIn<S>(expression: Expression, source: S, bind: Bind<S>): Evaluation {
  const run = compilerOf(bind, false).operand(expression);
  const frame: Frame<S> = { source, error: undefined };
  const value = singleValue(run(frame));
  return { value, errors: frame.error === undefined ? [] : [frame.error] };
}

/** What is absent is false. Several values are true where one of them is: CESQL has no other value for them. */
export function singleValue(operand: Operand): CesqlValue {
  if (operand === undefined) return false;
  return isMany(operand) ? operand.includes(true) : operand;
}
