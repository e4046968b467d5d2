/** Which parts of a filter are conditions on a single field. */
import type {
  CesqlValue,
  ComparisonExpression,
  Expression,
  InExpression,
  LikeExpression,
} from "../../../core/cesql/index.ts";
import type { Column } from "./column.ts";
import {
  comparisonCondition,
  likeCondition,
  listCondition,
  NEVER,
  presenceCondition,
  type Comparison,
  type Condition,
} from "./conditions.ts";
import type { FilterScope } from "./filter.ts";
import { isDocumentId } from "./ids.ts";

/** What of a segment decides on a part of a filter: the documents' ids, or a column; `negated`: all others. */
export type FieldCondition = { negated: boolean } & (
  | { ids: readonly string[] }
  | { field: string; column: Column | undefined; condition: Condition }
);

/** The condition that an expression is in this segment; undefined: it has to be evaluated. */
export function conditionOf(node: Expression, scope: FilterScope): FieldCondition | undefined {
  switch (node.kind) {
    case "path":
      return ofColumn(scope, node.path, false, ({ table }) => comparisonCondition(table, "=", true));
    case "exists":
      return ofColumn(scope, node.operand.path, false, ({ table }) => presenceCondition(table));
    case "comparison":
      return ofComparison(node, scope);
    case "in":
      return ofList(node, scope);
    case "like":
      return ofLike(node, scope);
    case "literal":
    case "not":
    case "negate":
    case "logic":
    case "arithmetic":
    case "call":
      return undefined;
  }
}

/** A condition that the segment's column understands; a segment without the column meets none. */
function ofColumn(
  { view, fields }: FilterScope,
  path: readonly string[],
  negated: boolean,
  of: (column: Column) => Condition | undefined,
): FieldCondition | undefined {
  const field = path.join(".");
  if (isDocumentId(field, fields)) return undefined;
  const column = view.columns.column(field);
  const condition = column === undefined ? NEVER : of(column);
  return condition === undefined ? undefined : { negated, field, column, condition };
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  "=": "=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function ofComparison(
  { left, right, operator }: ComparisonExpression,
  scope: FilterScope,
): FieldCondition | undefined {
  const negated = operator === "!=";
  const comparison = negated ? "=" : operator;
  if (left.kind === "path" && right.kind === "literal") {
    return withLiteral(scope, left.path, comparison, right.value, negated);
  }
  if (left.kind === "literal" && right.kind === "path") {
    return withLiteral(scope, right.path, MIRRORED[comparison], left.value, negated);
  }
  return undefined;
}

function withLiteral(
  scope: FilterScope,
  path: readonly string[],
  operator: Comparison,
  value: CesqlValue,
  negated: boolean,
): FieldCondition | undefined {
  if (operator === "=" && typeof value === "string" && isDocumentId(path.join("."), scope.fields)) {
    return { negated, ids: [value] };
  }
  return ofColumn(scope, path, negated, ({ table }) => comparisonCondition(table, operator, value));
}

function ofList(
  { operand, elements, negated }: InExpression,
  scope: FilterScope,
): FieldCondition | undefined {
  if (operand.kind !== "path") return undefined;
  const values = elements.flatMap((element) => (element.kind === "literal" ? [element.value] : []));
  if (values.length < elements.length) return undefined;
  if (isDocumentId(operand.path.join("."), scope.fields)) {
    return { negated, ids: values.map(String) };
  }
  return ofColumn(scope, operand.path, negated, ({ table }) => listCondition(table, values));
}

function ofLike(
  { operand, pattern, negated }: LikeExpression,
  scope: FilterScope,
): FieldCondition | undefined {
  if (operand.kind !== "path") return undefined;
  return ofColumn(scope, operand.path, negated, ({ table }) =>
    table.kind === "texts" ? likeCondition(table, pattern) : undefined,
  );
}
