/**
 * Comparisons, IN and LIKE as closures. Two-valued: with an absent operand each is false, and its negation true. A
 * value of several compares as any of them does; one that can't be cast is then passed over.
 */
import type {
  CesqlValue,
  ComparisonExpression,
  ComparisonOperator,
  Expression,
  InExpression,
  LikeExpression,
} from "./ast.ts";
import { parseDate } from "../dates.ts";
import type { Compiler } from "./compile.ts";
import { quoted } from "./faults.ts";
import { compileLike } from "./like.ts";
import { isMany, raise, type Frame, type Operand, type Step } from "./runtime.ts";
import { castLike, castToNumber, castToText } from "./values.ts";

/** Whether two single values match; undefined: they can't be compared, which is a cast error. */
type Test = (left: CesqlValue, right: CesqlValue) => boolean | undefined;

export function compileComparison<S>(compiler: Compiler<S>, node: ComparisonExpression): Step<S, boolean> {
  const left = compiler.operand(node.left);
  const right = compiler.operand(node.right);
  const { operator } = node;
  if (operator !== "=" && operator !== "!=") {
    const test = orderingTest(operator, node, orderingKey(compiler, node));
    return (frame) => {
      const leftValue = left(frame);
      const rightValue = right(frame);
      return matches(leftValue, rightValue, test, frame, node);
    };
  }
  const wanted = operator === "=";
  return (frame) => {
    const leftValue = left(frame);
    const rightValue = right(frame);
    const equal = matches(leftValue, rightValue, testEqual, frame, node);
    return frame.error === undefined && equal === wanted;
  };
}

/** The right operand's type decides (section 3.7). */
function testEqual(left: CesqlValue, right: CesqlValue): boolean | undefined {
  if (typeof left === typeof right) return left === right;
  const cast = castLike(left, right);
  return cast === undefined ? undefined : cast === right;
}

function matches<S>(left: Operand, right: Operand, test: Test, frame: Frame<S>, node: Expression): boolean {
  if (frame.error !== undefined || left === undefined || right === undefined) return false;
  if (isMany(left)) return left.some((element) => anyOf(element, right, test));
  if (isMany(right)) return anyOf(left, right, test);
  const result = test(left, right);
  if (result === undefined) raiseIncomparable(frame, left, right, node);
  return result === true;
}

function anyOf(left: CesqlValue, right: CesqlValue | readonly CesqlValue[], test: Test): boolean {
  return isMany(right) ? right.some((element) => test(left, element) === true) : test(left, right) === true;
}

function raiseIncomparable<S>(frame: Frame<S>, left: CesqlValue, right: CesqlValue, node: Expression): void {
  raise(frame, "cast", `${shown(left)} and ${shown(right)} can't be compared`, node);
}

function shown(value: CesqlValue): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

type OrderingOperator = Exclude<ComparisonOperator, "=" | "!=">;

/** What a value is ordered by; undefined: it has no place in this order. */
type Key = (value: CesqlValue) => number | string | undefined;

function orderingTest(operator: OrderingOperator, node: ComparisonExpression, key: Key): Test {
  const less = operator === "<" || operator === "<=";
  const equal = operator === "<=" || operator === ">=";
  const leftConstant = node.left.kind === "literal" ? key(node.left.value) : undefined;
  const rightConstant = node.right.kind === "literal" ? key(node.right.value) : undefined;
  return (left, right) => {
    const leftKey = leftConstant ?? key(left);
    const rightKey = rightConstant ?? key(right);
    if (leftKey === undefined || rightKey === undefined) return undefined;
    return leftKey < rightKey ? less : leftKey > rightKey ? !less : equal;
  };
}

/**
 * By what two values are ordered. The specification knows only integers here; a string literal that is no number says
 * that dates are compared, if it is one, else texts, by UTF-16 code units.
 */
function orderingKey<S>(compiler: Compiler<S>, node: ComparisonExpression): Key {
  if (compiler.typed) return (value) => (typeof value === "boolean" ? undefined : value);
  const texts = [node.left, node.right].flatMap((side) =>
    side.kind === "literal" && typeof side.value === "string" ? side.value : [],
  );
  const other = texts.filter((text) => castToNumber(text) === undefined);
  if (other.length === 0) return castToNumber;
  return other.every((text) => parseDate(text) !== undefined) ? castToDate : castToText;
}

function castToDate(value: CesqlValue): number | undefined {
  if (typeof value === "string") return parseDate(value);
  return typeof value === "number" ? value : undefined;
}

export function compileLikeExpression<S>(compiler: Compiler<S>, node: LikeExpression): Step<S, boolean> {
  const operand = compiler.operand(node.operand);
  const like = compileLike(node.pattern);
  const wanted = !node.negated;
  return (frame) => {
    const value = operand(frame);
    if (frame.error !== undefined) return false;
    if (value === undefined) return !wanted;
    const found = isMany(value)
      ? value.some((element) => like(castToText(element)))
      : like(castToText(value));
    return found === wanted;
  };
}

/** IN casts its elements to the type of its left operand: the other way round than `=`. */
function testIn(left: CesqlValue, element: CesqlValue): boolean | undefined {
  return testEqual(element, left);
}

export function compileIn<S>(compiler: Compiler<S>, node: InExpression): Step<S, boolean> {
  const operand = compiler.operand(node.operand);
  const wanted = !node.negated;
  const contains = node.elements.every((element) => element.kind === "literal")
    ? constantList<S>(
        node.elements.map(({ value }) => value),
        node,
      )
    : variableList(
        node.elements.map((element) => compiler.operand(element)),
        node,
      );
  return (frame) => {
    const value = operand(frame);
    const found = contains(frame, value);
    return frame.error === undefined && found === wanted;
  };
}

type Contains<S> = (frame: Frame<S>, value: Operand) => boolean;

/** Element for element, up to the first that matches. */
function variableList<S>(elements: readonly Step<S>[], node: InExpression): Contains<S> {
  return (frame, value) => {
    if (value === undefined) return false;
    for (const element of elements) {
      if (matches(value, element(frame), testIn, frame, node)) return true;
      if (frame.error !== undefined) return false;
    }
    return false;
  };
}

/** A list as values of one type see it. */
interface CastList {
  values: ReadonlySet<CesqlValue>;
  /** The first element that can't be cast, which is an error unless one before it matches. */
  failed: CesqlValue | undefined;
}

/** One look-up instead of a comparison for each element. */
function constantList<S>(elements: readonly CesqlValue[], node: InExpression): Contains<S> {
  const lists = {
    string: castList(elements, ""),
    number: castList(elements, 0),
    boolean: castList(elements, false),
  };
  const listOf = (value: CesqlValue): CastList =>
    typeof value === "string" ? lists.string : typeof value === "number" ? lists.number : lists.boolean;
  return (frame, value) => {
    if (value === undefined || frame.error !== undefined) return false;
    if (isMany(value)) {
      return value.some((single) => elements.some((element) => testIn(single, element) === true));
    }
    const { values, failed } = listOf(value);
    if (values.has(value)) return true;
    if (failed !== undefined) raiseIncomparable(frame, value, failed, node);
    return false;
  };
}

function castList(elements: readonly CesqlValue[], target: CesqlValue): CastList {
  const values = new Set<CesqlValue>();
  for (const element of elements) {
    const cast = castLike(element, target);
    if (cast === undefined) return { values, failed: element };
    values.add(cast);
  }
  return { values, failed: undefined };
}
