/** Reads documents for steps: what the events of a batch ask for in one turn goes out together. */
import { refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import { parseDocument } from "../../core/document/validate.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { shardOf } from "../../core/document/route.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { errorKind, failure, type Failure } from "../../core/errors.ts";
import { Later } from "../contract.ts";

/** Well within a step's time. */
const READ_MS = 2_000;

type Found = Map<string, JsonObject>;

export interface LoaderReach {
  branches: Pick<BranchApi, "fetchDocuments">;
  findCollection: (name: string, refresh: boolean) => Promise<Collection | null>;
}

export class DocumentLoader {
  private readonly reach: LoaderReach;
  private readonly pending = new Map<string, { ids: Set<string>; found: Promise<Found> }>();

  constructor(reach: LoaderReach) {
    this.reach = reach;
  }

  /** `DocumentReader.read`. */
  async read(collection: string, ids: readonly string[]): Promise<(JsonObject | undefined)[]> {
    const found = await this.gather(collection, ids);
    return ids.map((id) => found.get(id));
  }

  private gather(collection: string, ids: readonly string[]): Promise<Found> {
    let gathering = this.pending.get(collection);
    if (gathering === undefined) {
      const wanted = new Set<string>();
      gathering = { ids: wanted, found: this.loadSoon(collection, wanted) };
      this.pending.set(collection, gathering);
    }
    for (const id of ids) gathering.ids.add(id);
    return gathering.found;
  }

  private async loadSoon(name: string, ids: Set<string>): Promise<Found> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.pending.delete(name);
    for (let attempt = 1; ; attempt++) {
      const collection = await this.reach.findCollection(name, attempt > 1);
      if (collection === null) throw new Error(`There is no collection "${name}".`);
      const answer = await this.load(collection, ids);
      if (!("ok" in answer)) return answer;
      if (isStale(answer) && attempt < 3) continue;
      if (errorKind(answer.code).retryable) throw new Later(answer.message);
      throw new Error(answer.message);
    }
  }

  private async load(collection: Collection, ids: ReadonlySet<string>): Promise<Found | Failure> {
    const found: Found = new Map();
    let missing = [...ids];
    const ref = refOf(collection);
    // A message has room for some of the documents only; those that did not come, and some that are not there, are asked for again.
    while (missing.length > 0) {
      const wanted = [...Map.groupBy(missing, (id) => shardOf(collection, id))].map(([shard, of]) => ({
        shard,
        ids: of,
      }));
      const came: StoredDocument[] = [];
      for (let first = 0; first < wanted.length; first += BRANCH_LEAVES_MAX) {
        const answer = await this.reach.branches.fetchDocuments(
          ref,
          wanted.slice(first, first + BRANCH_LEAVES_MAX),
          READ_MS,
        );
        const failed = answer.leaves.find((leaf) => leaf.failed !== undefined);
        if (failed?.failed !== undefined) return failure(failed.failed, "A shard could not be read.");
        came.push(...answer.documents);
      }
      for (const { id, json } of came) {
        const parsed = parseDocument(json);
        if (parsed.ok) found.set(id, parsed.document);
      }
      if (came.length === 0) break;
      missing = missing.filter((id) => !found.has(id));
    }
    return found;
  }
}
