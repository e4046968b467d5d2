/** Typed columns of segments: what filters, sorting, facets and aggregations read instead of documents. */
import type { ColumnModule } from "../column-contract.ts";
import type { SegmentColumns } from "./column.ts";
import { encodeColumns } from "./encode.ts";
import { LiveSegmentColumns } from "./live-columns.ts";
import { StoredColumns } from "./stored-columns.ts";

export { Collector } from "./collector.ts";
export type { ColumnView, SegmentColumns } from "./column.ts";
export { filterDocuments } from "./filter.ts";
export { topDocuments } from "./top-documents.ts";

export const columnModule: ColumnModule<SegmentColumns> = {
  createLive: (fields) => new LiveSegmentColumns(fields),
  open: (fields, documents, parts) => new StoredColumns(fields, documents, parts),
  encode: encodeColumns,
};
