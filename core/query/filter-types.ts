/** What a filter may name: the declared fields, and the id that every document has. */
import type { Fields, FieldType } from "../collection.ts";

export function filterTypes(fields: Fields): Record<string, FieldType> {
  const types: Record<string, FieldType> = { id: "keyword" };
  for (const [field, { type }] of Object.entries(fields)) types[field] = type;
  return types;
}
