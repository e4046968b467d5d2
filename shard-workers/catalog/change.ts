/** Which changes a collection takes while it holds documents. */
import type { Collection, CollectionSpec } from "../../core/collection.ts";

/**
 * Why the declaration can't replace the existing one, or undefined when it can. What may change is what needs no
 * document to move or to be read anew by hand: boosts, fields that are added, the number of replicas.
 */
export function changeProblem(existing: Collection, spec: CollectionSpec): string | undefined {
  if (existing.layout !== spec.layout) {
    return `The layout of "${existing.name}" is ${existing.layout} and can't become ${spec.layout}.`;
  }
  if (existing.shards !== spec.shards) {
    const way = existing.layout === "documents" ? ": POST …/reshard changes them." : ".";
    return `"${existing.name}" has ${existing.shards} shards and can't be declared with ${spec.shards}${way}`;
  }
  if (existing.replicas !== spec.replicas && existing.building !== undefined) {
    return `"${existing.name}" is being resharded: its replicas can change when that is over.`;
  }
  for (const [field, before] of Object.entries(existing.fields)) {
    const after = Object.hasOwn(spec.fields, field) ? spec.fields[field] : undefined;
    if (after === undefined) return `The field ${field} is declared and can't be taken away.`;
    if (after.type !== before.type)
      return `The field ${field} is a ${before.type} and can't become a ${after.type}.`;
    if (after.language !== before.language) {
      return `The field ${field} is indexed with language ${before.language ?? "none"}, which can't change.`;
    }
  }
  return undefined;
}

/** Whether two values of plain data are the same, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sortKeys(child)]),
  );
}
