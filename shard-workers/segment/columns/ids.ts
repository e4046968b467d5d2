/** The document's id in filters: every document has one, and the segment knows it better than a column. */
import type { DocumentFields } from "../../../core/cesql/index.ts";
import type { Bitmap } from "../column-contract.ts";
import { setBit } from "../bitmap.ts";
import { emptyBitmap } from "./bitmap.ts";
import type { ColumnView } from "./column.ts";

/** Whether a name means the id: a collection may declare a field of this name, of a type that no id has. */
export function isDocumentId(field: string, fields: DocumentFields): boolean {
  return field === "id" && fields["id"] === "keyword";
}

export function documentsWithIds(view: ColumnView, ids: readonly string[]): Bitmap {
  const bitmap = emptyBitmap(view.documents);
  for (const id of ids) {
    const ordinal = view.ordinalOf(id);
    if (ordinal !== undefined) setBit(bitmap, ordinal);
  }
  return bitmap;
}
