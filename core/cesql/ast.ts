/**
 * What a CESQL text means, as plain data: it survives structured clone, so that a plan can carry it to a leaf. Every
 * node knows its place in the text: from `position` up to but not including `end`, in UTF-16 code units from 0. A
 * node's place includes the parentheses around its operands, not those around itself.
 */

export type CesqlValue = boolean | number | string;

interface Span {
  position: number;
  end: number;
}

export interface LiteralExpression extends Span {
  kind: "literal";
  value: CesqlValue;
  /** A number that was written with a fraction or an exponent: division by it does not truncate. */
  decimal: boolean;
}

/** An attribute (`subject`), a declared field (`usGross`, `address.city`) or a path into an event's data. */
export interface PathExpression extends Span {
  kind: "path";
  /** As written: case is kept. Never empty. */
  path: string[];
}

export interface NotExpression extends Span {
  kind: "not";
  operand: Expression;
}

export interface NegateExpression extends Span {
  kind: "negate";
  operand: Expression;
}

export type LogicOperator = "AND" | "OR" | "XOR";

/** Two operands or more: `a AND b AND c` is one node, evaluated from the left. */
export interface LogicExpression extends Span {
  kind: "logic";
  operator: LogicOperator;
  operands: Expression[];
}

/** `<>` is `!=` here. */
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

export interface ComparisonExpression extends Span {
  kind: "comparison";
  operator: ComparisonOperator;
  left: Expression;
  right: Expression;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

export interface ArithmeticExpression extends Span {
  kind: "arithmetic";
  operator: ArithmeticOperator;
  left: Expression;
  right: Expression;
}

export interface LikeExpression extends Span {
  kind: "like";
  operand: Expression;
  /** With its wildcards and their escapes. */
  pattern: string;
  negated: boolean;
}

export interface InExpression extends Span {
  kind: "in";
  operand: Expression;
  elements: Expression[];
  negated: boolean;
}

export interface ExistsExpression extends Span {
  kind: "exists";
  operand: PathExpression;
}

export interface CallExpression extends Span {
  kind: "call";
  /** In upper case. */
  name: string;
  arguments: Expression[];
}

export type Expression =
  | LiteralExpression
  | PathExpression
  | NotExpression
  | NegateExpression
  | LogicExpression
  | ComparisonExpression
  | ArithmeticExpression
  | LikeExpression
  | InExpression
  | ExistsExpression
  | CallExpression;

/** The expressions that this one is made of, in the order of the text. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "path":
      return [];
    case "not":
    case "negate":
    case "like":
    case "exists":
      return [expression.operand];
    case "logic":
      return expression.operands;
    case "comparison":
    case "arithmetic":
      return [expression.left, expression.right];
    case "in":
      return [expression.operand, ...expression.elements];
    case "call":
      return expression.arguments;
  }
}

/** The expression and everything in it, in the order of the text. Without recursion: the depth does not matter. */
export function* walk(expression: Expression): Generator<{ node: Expression; depth: number }> {
  const ahead = [{ node: expression, depth: 1 }];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    yield next;
    const depth = next.depth + 1;
    ahead.push(
      ...childrenOf(next.node)
        .map((node) => ({ node, depth }))
        .toReversed(),
    );
  }
}

/** Every path that an expression names, as often as it names it, so that a caller can check the names. */
export function referencedPaths(expression: Expression): { path: readonly string[]; position: number }[] {
  const paths: { path: readonly string[]; position: number }[] = [];
  for (const { node } of walk(expression)) {
    if (node.kind === "path") paths.push({ path: node.path, position: node.position });
  }
  return paths;
}
