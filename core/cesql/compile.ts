/**
 * From an expression to closures. Each closure knows what its operands are, so that evaluation neither looks at the
 * tree nor allocates; numbers, texts and booleans are cast where an operator needs another type.
 */
import type {
  ArithmeticExpression,
  Expression,
  LogicExpression,
  NotExpression,
  PathExpression,
} from "./ast.ts";
import { compileCall } from "./compile-call.ts";
import { compileComparison, compileIn, compileLikeExpression } from "./compile-comparison.ts";
import { quoted } from "./faults.ts";
import { isMany, raise, type Bind, type Frame, type Operand, type Step } from "./runtime.ts";
import { castToBoolean, castToNumber, castToText } from "./values.ts";

/** What the parts of a compiler need of each other. */
export interface Compiler<S> {
  /** Whether both sides of every comparison are known to have one type: texts are then ordered as texts. */
  readonly typed: boolean;
  operand(node: Expression): Step<S>;
  boolean(node: Expression): Step<S, boolean>;
  number(node: Expression): Step<S, number | undefined>;
  text(node: Expression): Step<S, string | undefined>;
}

/** The compiler over sources that `bind` reads. */
export function compilerOf<S>(bind: Bind<S>, typed: boolean): Compiler<S> {
  const compiler: Compiler<S> = {
    typed,
    operand: (node) => compileOperand(compiler, bind, node),
    boolean: (node) => compileBoolean(compiler, bind, node),
    number: (node) => compileNumber(compiler, node),
    text: (node) => compileText(compiler, node),
  };
  return compiler;
}

function compileOperand<S>(compiler: Compiler<S>, bind: Bind<S>, node: Expression): Step<S> {
  switch (node.kind) {
    case "literal": {
      const { value } = node;
      return () => value;
    }
    case "path":
      return compilePath(bind, node);
    case "call":
      return compileCall(compiler, node);
    case "negate":
    case "arithmetic":
      return compiler.number(node);
    case "not":
    case "logic":
    case "comparison":
    case "like":
    case "in":
    case "exists":
      return compiler.boolean(node);
  }
}

function compilePath<S>(bind: Bind<S>, node: PathExpression): Step<S> {
  const { read, required } = bind(node);
  if (!required) return (frame) => read(frame.source);
  return (frame) => {
    const value = read(frame.source);
    if (value !== undefined) return value;
    raise(frame, "missingAttribute", `There is no attribute ${quoted(node.path.join("."))}`, node);
    return false;
  };
}

function compileBoolean<S>(compiler: Compiler<S>, bind: Bind<S>, node: Expression): Step<S, boolean> {
  switch (node.kind) {
    case "not":
      return compileNot(compiler, node);
    case "logic":
      return compileLogic(compiler, node);
    case "comparison":
      return compileComparison(compiler, node);
    case "like":
      return compileLikeExpression(compiler, node);
    case "in":
      return compileIn(compiler, node);
    case "exists": {
      const { exists } = bind(node.operand);
      return (frame) => exists(frame.source);
    }
    case "literal":
    case "path":
    case "call":
    case "negate":
    case "arithmetic": {
      const operand = compiler.operand(node);
      return (frame) => {
        const value = operand(frame);
        return typeof value === "boolean" ? value : truth(value, frame, node);
      };
    }
  }
}

/** An operand where a boolean is wanted. What is absent is false; of several values one that is true is enough. */
function truth<S>(value: Operand, frame: Frame<S>, node: Expression): boolean {
  if (value === undefined) return false;
  if (isMany(value)) return value.some((element) => castToBoolean(element) === true);
  const cast = castToBoolean(value);
  if (cast === undefined) raise(frame, "cast", `${quoted(castToText(value))} is not a boolean`, node);
  return cast ?? false;
}

/** A cast that fails inside NOT leaves the zero value to be negated; an error from further inside does not. */
function compileNot<S>(compiler: Compiler<S>, node: NotExpression): Step<S, boolean> {
  const operand = compiler.operand(node.operand);
  return (frame) => {
    const value = operand(frame);
    if (frame.error !== undefined) return false;
    return typeof value === "boolean" ? !value : !truth(value, frame, node.operand);
  };
}

function compileLogic<S>(compiler: Compiler<S>, node: LogicExpression): Step<S, boolean> {
  const [first, ...others] = node.operands.map((operand) => compiler.boolean(operand));
  if (first === undefined) return () => false;
  switch (node.operator) {
    case "AND":
      return (frame) => {
        if (!first(frame)) return false;
        for (const operand of others) if (frame.error !== undefined || !operand(frame)) return false;
        return frame.error === undefined;
      };
    case "OR":
      return (frame) => {
        if (first(frame)) return frame.error === undefined;
        for (const operand of others) {
          if (frame.error !== undefined) return false;
          if (operand(frame)) return frame.error === undefined;
        }
        return false;
      };
    case "XOR":
      return (frame) => {
        let odd = first(frame);
        for (const operand of others) odd = operand(frame) !== odd;
        return odd && frame.error === undefined;
      };
  }
}

function compileNumber<S>(compiler: Compiler<S>, node: Expression): Step<S, number | undefined> {
  if (node.kind === "arithmetic") return compileArithmetic(compiler, node);
  if (node.kind === "negate") {
    const operand = compiler.number(node.operand);
    return (frame) => {
      const value = operand(frame);
      if (frame.error !== undefined) return 0;
      return value === undefined ? undefined : 0 - value;
    };
  }
  const operand = compiler.operand(node);
  return (frame) => {
    const value = operand(frame);
    if (typeof value === "number") return value;
    if (value === undefined || isMany(value)) return undefined;
    const cast = castToNumber(value);
    if (cast === undefined) raise(frame, "cast", `${quoted(castToText(value))} is not a number`, node);
    return cast ?? 0;
  };
}

function compileArithmetic<S>(
  compiler: Compiler<S>,
  node: ArithmeticExpression,
): Step<S, number | undefined> {
  const left = compiler.number(node.left);
  const right = compiler.number(node.right);
  const apply = arithmetic(node);
  return (frame) => {
    const leftNumber = left(frame);
    const rightNumber = right(frame);
    if (frame.error !== undefined) return 0;
    if (leftNumber === undefined || rightNumber === undefined) return undefined;
    const result = apply(leftNumber, rightNumber);
    if (Number.isFinite(result)) return result;
    const divides = (node.operator === "/" || node.operator === "%") && rightNumber === 0;
    raise(frame, "math", divides ? "Division by zero" : "The result is too large", node);
    return 0;
  };
}

/** Adding 0 turns a negative zero into the only zero that CESQL has. */
function arithmetic(node: ArithmeticExpression): (left: number, right: number) => number {
  switch (node.operator) {
    case "+":
      return (left, right) => left + right;
    case "-":
      return (left, right) => left - right;
    case "*":
      return (left, right) => left * right + 0;
    case "/":
      if (isDecimal(node)) return (left, right) => left / right + 0;
      return (left, right) =>
        (Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(left / right) : left / right) + 0;
    case "%":
      return (left, right) => (left % right) + 0;
  }
}

/** Whether a number in an operation is written as a decimal, so that the operation is not one of integers. */
function isDecimal(node: Expression): boolean {
  switch (node.kind) {
    case "literal":
      return node.decimal;
    case "negate":
      return isDecimal(node.operand);
    case "arithmetic":
      return isDecimal(node.left) || isDecimal(node.right);
    case "path":
    case "call":
    case "not":
    case "logic":
    case "comparison":
    case "like":
    case "in":
    case "exists":
      return false;
  }
}

function compileText<S>(compiler: Compiler<S>, node: Expression): Step<S, string | undefined> {
  const operand = compiler.operand(node);
  return (frame) => {
    const value = operand(frame);
    if (typeof value === "string") return value;
    return value === undefined || isMany(value) ? undefined : castToText(value);
  };
}
