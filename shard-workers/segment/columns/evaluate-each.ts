/** The part of a filter that no column decides alone: CESQL's closures, document by document, over columns. */
import { compilerOf } from "../../../core/cesql/compile.ts";
import type { Expression, Operand, PathExpression } from "../../../core/cesql/index.ts";
import type { Binding, Frame } from "../../../core/cesql/runtime.ts";
import type { Bitmap } from "../column-contract.ts";
import { setBit } from "../bitmap.ts";
import { emptyBitmap, isEmpty, ordinalsOf } from "./bitmap.ts";
import { hasCutTexts, isMissing, valueOf, valuesOf } from "./column.ts";
import type { FilterScope, Outcome } from "./filter.ts";
import { isDocumentId } from "./ids.ts";

export function evaluateEach(node: Expression, scope: FilterScope, within: Bitmap): Outcome {
  const run = compilerOf((path) => bindColumn(path, scope), true).boolean(node);
  const yes = emptyBitmap(scope.view.documents);
  const failed = emptyBitmap(scope.view.documents);
  for (const ordinal of ordinalsOf(within)) {
    const frame: Frame<number> = { source: ordinal, error: undefined };
    const result = run(frame);
    if (frame.error !== undefined) setBit(failed, ordinal);
    else if (result) setBit(yes, ordinal);
  }
  return isEmpty(failed) ? { yes } : { yes, failed };
}

/** How a field is read by ordinal. */
function bindColumn({ path }: PathExpression, { view, fields }: FilterScope): Binding<number> {
  const field = path.join(".");
  if (isDocumentId(field, fields)) {
    return { read: (ordinal) => view.idOf(ordinal), exists: () => true, required: false };
  }
  const column = view.columns.column(field);
  if (column === undefined) return { read: () => undefined, exists: () => false, required: false };
  const { codes, starts, table } = column;
  const readOne = (ordinal: number): Operand => {
    const code = codes[ordinal] ?? 0;
    return isMissing(table, code) ? undefined : valueOf(table, code);
  };
  const readAny = (ordinal: number): Operand => {
    const values = valuesOf(view, field, column, ordinal);
    return values.length > 1 ? values : values[0];
  };
  const read = starts === undefined && !hasCutTexts(table) ? readOne : readAny;
  return { read, exists: (ordinal) => read(ordinal) !== undefined, required: false };
}
