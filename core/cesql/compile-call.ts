/** Function calls as closures. A function of something absent is absent. */
import type { CallExpression, CesqlValue } from "./ast.ts";
import type { Compiler } from "./compile.ts";
import { findFunction, type CesqlFunction, type FunctionFailure, type ValueType } from "./functions.ts";
import { isMany, raise, type Frame, type Step } from "./runtime.ts";

const ZERO: Readonly<Record<ValueType, CesqlValue>> = { text: "", number: 0, boolean: false };

/** A call of a function that there is not is false, with an error (section 3.5). */
export function compileCall<S>(compiler: Compiler<S>, node: CallExpression): Step<S> {
  const found = findFunction(node.name, node.arguments.length);
  if ("missing" in found) {
    const { missing } = found;
    return (frame) => {
      raise(frame, "missingFunction", missing, node);
      return false;
    };
  }
  const call = compileArguments(compiler, node, found);
  const zero = ZERO[found.returns];
  return (frame) => {
    const result = call(frame);
    if (frame.error !== undefined) return zero;
    if (typeof result !== "object") return result;
    raise(frame, result.code, result.message, node);
    return result.value;
  };
}

/** The call with its arguments, cast to what it takes. An error among them makes the result of no interest. */
function compileArguments<S>(
  compiler: Compiler<S>,
  node: CallExpression,
  called: CesqlFunction,
): (frame: Frame<S>) => CesqlValue | FunctionFailure | undefined {
  const [first, second, third] = node.arguments;
  if (called.takes === "texts") {
    const texts = node.arguments.map((argument) => compiler.text(argument));
    return (frame) => {
      const values = texts.map((text) => text(frame)).filter((text) => text !== undefined);
      return values.length === texts.length ? called.call(values) : undefined;
    };
  }
  if (first === undefined) return () => undefined;
  if (called.takes === "any") {
    const operand = compiler.operand(first);
    return (frame) => {
      const value = operand(frame);
      return value === undefined || isMany(value) ? undefined : called.call(value);
    };
  }
  if (called.takes === "number") {
    const number = compiler.number(first);
    return (frame) => {
      const value = number(frame);
      return value === undefined ? undefined : called.call(value);
    };
  }
  const text = compiler.text(first);
  if (called.takes === "text") {
    return (frame) => {
      const value = text(frame);
      return value === undefined ? undefined : called.call(value);
    };
  }
  if (second === undefined) return () => undefined;
  const number = compiler.number(second);
  if (called.takes === "text, number") {
    return (frame) => {
      const value = text(frame);
      const start = number(frame);
      return value === undefined || start === undefined ? undefined : called.call(value, start);
    };
  }
  if (third === undefined) return () => undefined;
  const length = compiler.number(third);
  return (frame) => {
    const value = text(frame);
    const start = number(frame);
    const characters = length(frame);
    if (value === undefined || start === undefined || characters === undefined) return undefined;
    return called.call(value, start, characters);
  };
}
