/** Collections as this isolate last heard of them. */
import type { Collection } from "../core/collection.ts";
import { withFaults } from "./faults/current-faults.ts";
import { Problem } from "./problem.ts";

/**
 * A short time, since a stale entry costs a refused request and a refresh, never a wrong answer: leaves check the
 * epoch, and leaves of a deleted collection know that it is gone.
 */
const TTL_MS = 5_000;
const ENTRIES_MAX = 1_000;

const entries = new Map<string, { collection: Collection; until: number }>();

type Catalog = RootBindings["CATALOG"];

/** The collection of a name, from the cache where that is fresh; a problem when there is none. */
export async function findCollection(catalog: Catalog, name: string): Promise<Collection> {
  const cached = entries.get(name);
  if (cached !== undefined && cached.until > Date.now()) return withFaults(cached.collection);
  const collection = await refreshCollection(catalog, name);
  if (collection === null) throw new Problem("unknown-collection", `There is no collection "${name}".`);
  return withFaults(collection);
}

/** The collection as the Catalog has it now. */
export async function refreshCollection(catalog: Catalog, name: string): Promise<Collection | null> {
  const collection = await catalog.getCollection(name);
  if (collection === null) forgetCollection(name);
  else rememberCollection(collection);
  return collection;
}

export function rememberCollection(collection: Collection): void {
  if (entries.size >= ENTRIES_MAX) entries.clear();
  entries.set(collection.name, { collection, until: Date.now() + TTL_MS });
}

export function forgetCollection(name: string): void {
  entries.delete(name);
}
