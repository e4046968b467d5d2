/**
 * A CESQL filter over a segment's columns: the documents for which it is true, as a bitmap. Conditions on one field
 * become sets of codes, logic becomes bitmap operations, and what is neither (arithmetic between fields, functions) is
 * evaluated document by document by CESQL's own closures, which read columns. No document is parsed but for texts that
 * columns cut. It means what `compileDocumentFilter` means, to the order in which errors are met: a document for which
 * a function fails does not match, unless the operands before it have decided.
 */
import type { DocumentFields, Expression, LogicExpression } from "../../../core/cesql/index.ts";
import { fieldValues } from "../../../core/document/values.ts";
import type { Bitmap } from "../column-contract.ts";
import { setBit } from "../bitmap.ts";
import {
  difference,
  emptyBitmap,
  fullBitmap,
  intersection,
  isEmpty,
  ordinalsOf,
  symmetricDifference,
  union,
} from "./bitmap.ts";
import { documentsWith } from "./code-set.ts";
import type { Column, ColumnView } from "./column.ts";
import type { Condition } from "./conditions.ts";
import { conditionOf, type FieldCondition } from "./field-condition.ts";
import { evaluateEach } from "./evaluate-each.ts";
import { documentsWithIds } from "./ids.ts";

/** What an expression says of the documents that it is asked about; of the others it may say anything. */
export interface Outcome {
  yes: Bitmap;
  /** Documents for which the evaluation failed; absent: none. */
  failed?: Bitmap;
}

export interface FilterScope {
  view: ColumnView;
  fields: DocumentFields;
}

/**
 * The documents for which a checked expression (`DocumentFilter.expression`) is true. `fields` are those that it was
 * checked with. With `within` only those documents are asked about, which pays when they are few.
 */
export function filterDocuments(
  view: ColumnView,
  fields: DocumentFields,
  expression: Expression,
  within: Bitmap = fullBitmap(view.documents),
): Bitmap {
  const { yes, failed } = evaluate(expression, { view, fields }, within);
  const matches = intersection(yes, within);
  return failed === undefined ? matches : difference(matches, failed);
}

function evaluate(node: Expression, scope: FilterScope, within: Bitmap): Outcome {
  switch (node.kind) {
    case "not": {
      const { yes, ...rest } = evaluate(node.operand, scope, within);
      return { yes: difference(within, yes), ...rest };
    }
    case "logic":
      return evaluateLogic(node, scope, within);
    case "literal":
    case "path":
    case "comparison":
    case "like":
    case "in":
    case "exists":
    case "call":
    case "negate":
    case "arithmetic": {
      const condition = conditionOf(node, scope);
      if (condition === undefined) return evaluateEach(node, scope, within);
      const yes = documentsThat(condition, scope, within);
      return { yes: condition.negated ? difference(within, yes) : yes };
    }
  }
}

/** Each operand is asked only where those before it have not decided: there, an error of its own would count. */
function evaluateLogic(node: LogicExpression, scope: FilterScope, within: Bitmap): Outcome {
  let open = within;
  let yes: Bitmap | undefined;
  let failed: Bitmap | undefined;
  for (const operand of node.operands) {
    if (isEmpty(open)) break;
    const outcome = evaluate(operand, scope, open);
    if (outcome.failed !== undefined) {
      failed = failed === undefined ? outcome.failed : union(failed, intersection(outcome.failed, open));
    }
    const operandYes = intersection(outcome.yes, open);
    switch (node.operator) {
      case "AND":
        yes = operandYes;
        open = operandYes;
        break;
      case "OR":
        yes = yes === undefined ? operandYes : union(yes, operandYes);
        open = difference(open, operandYes);
        break;
      case "XOR":
        yes = yes === undefined ? operandYes : symmetricDifference(yes, operandYes);
        break;
    }
  }
  return { yes: yes ?? emptyBitmap(scope.view.documents), ...(failed === undefined ? {} : { failed }) };
}

function documentsThat(what: FieldCondition, { view, fields }: FilterScope, within: Bitmap): Bitmap {
  if ("ids" in what) return documentsWithIds(view, what.ids);
  const { field, column, condition } = what;
  if (column === undefined) return emptyBitmap(view.documents);
  const yes = documentsWith(column, condition.yes);
  return condition.ask === undefined
    ? yes
    : askDocuments(view, fields, field, column, condition.ask, within, yes);
}

function askDocuments(
  view: ColumnView,
  fields: DocumentFields,
  field: string,
  column: Column,
  { codes, matches }: NonNullable<Condition["ask"]>,
  within: Bitmap,
  yes: Bitmap,
): Bitmap {
  const type = fields[field] ?? column.type;
  for (const ordinal of ordinalsOf(difference(intersection(documentsWith(column, codes), within), yes))) {
    const texts = fieldValues(view.documentOf(ordinal), field, type);
    if (texts.some((text) => matches(String(text)))) setBit(yes, ordinal);
  }
  return yes;
}
