/**
 * Delivers events into collections: those of a queue batch that go to one collection in as few calls as the limits let,
 * with an outcome each. A document is put under its id, so that delivering twice is as good as once.
 */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { Collection, Fields } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { PutOperation } from "../../core/contracts/documents.ts";
import { writeOperations } from "../../core/document/write-operations.ts";
import { failure, type Result } from "../../core/errors.ts";
import { PLATFORM_COLLECTIONS } from "../../core/platform-collections.ts";
import type { ExpiringCache } from "./expiring-cache.ts";
import { WRITE_BYTES_MAX } from "./limits.ts";
import { troubleOf, type Outcome } from "./outcome.ts";
import { toDocument } from "./to-document.ts";

export interface SinkServices {
  branches: Pick<BranchApi, "write">;
  catalog: Pick<CatalogApi, "getCollection" | "putCollection">;
  cache: ExpiringCache<Collection>;
}

/** An operation with its event's place in the delivery. */
interface Pending {
  place: number;
  operation: PutOperation;
}

/** An event to write, and where the write stands among others (`writeOrder`). */
export interface EventWrite {
  event: CloudEvent;
  order: string;
}

/** Makes the write of a document, knowing the fields that its collection declares. */
export type Prepare = (fields: Fields) => Result<{ operation: PutOperation }>;

/** Writes the document of each event. An outcome each, in their order. Never rejects. */
export async function deliverToCollection(
  services: SinkServices,
  name: string,
  events: readonly EventWrite[],
): Promise<Outcome[]> {
  const prepare = events.map(({ event, order }): Prepare => (fields) => {
    const document = toDocument(event, fields);
    return document.ok ? { ok: true, operation: { ...document.operation, order } } : document;
  });
  return writeDocuments(services, name, prepare);
}

/** Writes documents to a collection, which is made before if it is the platform's own. An outcome each. Never rejects. */
export async function writeDocuments(
  services: SinkServices,
  name: string,
  prepare: readonly Prepare[],
): Promise<Outcome[]> {
  if (prepare.length === 0) return [];
  try {
    const collection = services.cache.get(name) ?? (await refresh(services, name));
    const results = collection === null ? absent(name, prepare) : await write(services, collection, prepare);
    return results.map(outcomeOf);
  } catch (error) {
    console.error(JSON.stringify({ event: "sink-call-failed", collection: name, error: String(error) }));
    return prepare.map(() => ({ kind: "waiting", error: `The collection "${name}" could not be reached.` }));
  }
}

async function write(
  services: SinkServices,
  collection: Collection,
  prepare: readonly Prepare[],
): Promise<Result<object>[]> {
  const results: Result<object>[] = [];
  const pending: Pending[] = [];
  for (const [place, make] of prepare.entries()) {
    const document = make(collection.fields);
    if (document.ok) pending.push({ place, operation: document.operation });
    else results[place] = document;
  }
  const target = { branches: services.branches, refresh: () => refresh(services, collection.name) };
  // One after the other, so that of two writes to one document the later comes last.
  for (const round of rounds(pending)) {
    const operations = round.map(({ operation }) => operation);
    const { outcomes } = await writeOperations(
      target,
      services.cache.get(collection.name) ?? collection,
      operations,
    );
    for (const [index, { place }] of round.entries()) results[place] = outcomes[index] ?? unknown();
  }
  return prepare.map((_, place) => results[place] ?? unknown());
}

async function refresh({ catalog, cache }: SinkServices, name: string): Promise<Collection | null> {
  const collection = (await catalog.getCollection(name)) ?? (await makeOwn(catalog, name));
  if (collection === null) cache.delete(name);
  else cache.set(name, collection);
  return collection;
}

/** The platform's own collections are made when they are first needed. */
async function makeOwn(catalog: SinkServices["catalog"], name: string): Promise<Collection | null> {
  const spec = PLATFORM_COLLECTIONS.get(name);
  if (spec === undefined) return null;
  const made = await catalog.putCollection(name, spec);
  return made.ok ? made.collection : null;
}

function absent(name: string, prepare: readonly Prepare[]): Result<object>[] {
  return prepare.map(() => failure("unknown-collection", `There is no collection "${name}".`));
}

function unknown(): Result<object> {
  return failure("internal", "Nothing is known of the document's write.");
}

/** A collection may be made again, so that its absence is not final at once. */
function outcomeOf(result: Result<object>): Outcome {
  if (result.ok) return { kind: "delivered" };
  if (result.code === "unknown-collection") return { kind: "failed", error: result.message };
  return troubleOf(result.code, result.message);
}

/** Cuts operations so that each round fits one call, whatever shards they go to. */
function rounds(pending: readonly Pending[]): Pending[][] {
  const cut: Pending[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of pending) {
    // UTF-16 units: RPC sends a text as one or two bytes each, and the limit leaves room for two.
    const { length } = item.operation.json;
    if (size + length > WRITE_BYTES_MAX) {
      cut.push([]);
      size = 0;
    }
    cut.at(-1)?.push(item);
    size += length;
  }
  return cut;
}
