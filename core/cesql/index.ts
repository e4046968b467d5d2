/**
 * CESQL (CloudEvents SQL 1.0): Umbel's one language for filters, over events and over documents. docs/cesql.md
 * describes it for its users.
 */
export { referencedPaths } from "./ast.ts";
export type * from "./ast.ts";
export type { DocumentFields } from "./check-document.ts";
export { compileDocumentFilter, documentPredicate, type DocumentFilter } from "./document-filter.ts";
export { evaluate, type Evaluation, type EvaluationContext } from "./evaluate.ts";
export {
  compileEventFilter,
  evaluateEvent,
  eventPredicate,
  type EventPredicate,
  type FilteredEvent,
} from "./event-filter.ts";
export type { CompileErrorCode, CompileFailure } from "./faults.ts";
export { IN_LIST_MAX, NESTING_DEPTH_MAX, parseCesql, PATTERN_LENGTH_MAX, TEXT_LENGTH_MAX } from "./parser.ts";
export type { CesqlError, CesqlErrorCode, Operand } from "./runtime.ts";
