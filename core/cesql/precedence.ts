/**
 * CESQL's precedence is not SQL's, and most people who write a filter know SQL's. An expression that the two read
 * differently would be a filter that silently means something else, so filters have to say which is meant.
 */
import { walk, type Expression, type LogicOperator } from "./ast.ts";
import { Fault } from "./faults.ts";

/** Throws a Fault for the first place that SQL would read otherwise and that has no parentheses. */
export function checkPrecedence(expression: Expression): void {
  for (const { node } of walk(expression)) {
    const advice = adviceFor(node);
    if (advice !== undefined) throw new Fault("precedence", node.position, advice);
  }
}

function adviceFor(node: Expression): string | undefined {
  switch (node.kind) {
    case "like":
      return beginsWithNot(node, node.operand) ? notAdvice("LIKE") : undefined;
    case "in":
      return beginsWithNot(node, node.operand) ? notAdvice("IN") : undefined;
    case "comparison":
      return beginsWithNot(node, node.left) ? notAdvice(node.operator) : undefined;
    case "arithmetic": {
      if (beginsWithNot(node, node.left)) return notAdvice(node.operator);
      const { operator, right } = node;
      const takesAll = (right.kind === "like" || right.kind === "in") && right.end === node.end;
      return takesAll ? matchAdvice(right.kind.toUpperCase(), operator) : undefined;
    }
    case "logic": {
      const [first] = node.operands;
      if (first?.kind !== "logic" || first.position !== node.position) return undefined;
      return SQL_RANK[node.operator] > SQL_RANK[first.operator]
        ? logicAdvice(first.operator, node.operator)
        : undefined;
    }
    case "literal":
    case "path":
    case "not":
    case "negate":
    case "exists":
    case "call":
      return undefined;
  }
}

/** The higher, the tighter. */
const SQL_RANK: Readonly<Record<LogicOperator, number>> = { AND: 3, XOR: 2, OR: 1 };

/** Parentheses around the NOT would set it apart from the place where the whole begins. */
function beginsWithNot(node: Expression, first: Expression): boolean {
  return first.kind === "not" && first.position === node.position;
}

function notAdvice(operator: string): string {
  return `NOT applies to the next operand alone, before ${operator}: write NOT (x ${operator} y), or (NOT x) ${operator} y`;
}

function matchAdvice(match: string, operator: string): string {
  return `${match} comes before ${operator}: write (x ${operator} y) ${match} z, or x ${operator} (y ${match} z)`;
}

function logicAdvice(first: string, then: string): string {
  return `${first} and ${then} are evaluated from the left: write (x ${first} y) ${then} z, or x ${first} (y ${then} z)`;
}
