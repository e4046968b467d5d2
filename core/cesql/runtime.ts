/** What a compiled expression is: closures that are made once, and run over many events or documents. */
import type { CesqlValue, Expression, PathExpression } from "./ast.ts";
import { placed } from "./faults.ts";

/** The conformance suite's names for the specification's errors (section 3.3). */
export type CesqlErrorCode = "cast" | "math" | "missingAttribute" | "missingFunction" | "functionEvaluation";

/** An error of an evaluation. `position` is the place in the text, in UTF-16 code units from 0. */
export interface CesqlError {
  code: CesqlErrorCode;
  message: string;
  position: number;
}

/** What a path leads to. Undefined: absent. An array stands for all its values, of which it has two or more. */
export type Operand = CesqlValue | readonly CesqlValue[] | undefined;

/** One evaluation. It fails fast: after the first error every operator answers with its type's zero value. */
export interface Frame<S> {
  readonly source: S;
  error: CesqlError | undefined;
}

export type Step<S, T extends Operand = Operand> = (frame: Frame<S>) => T;

/** How a path is read from a source. */
export interface Binding<S> {
  read: (source: S) => Operand;
  exists: (source: S) => boolean;
  /** Whether absence is an error, as it is for an event's attributes (section 3.2), or just absence. */
  required: boolean;
}

export type Bind<S> = (path: PathExpression) => Binding<S>;

/** Keeps the first error: what comes after it is its consequence. */
export function raise<S>(frame: Frame<S>, code: CesqlErrorCode, message: string, node: Expression): void {
  frame.error ??= { code, message: placed(message, node.position), position: node.position };
}

/** `Array.isArray` does not narrow a readonly array; an operand that is an object can be nothing else. */
export function isMany(operand: Operand): operand is readonly CesqlValue[] {
  return typeof operand === "object";
}
