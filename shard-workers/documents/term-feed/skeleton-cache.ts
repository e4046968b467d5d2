/** What the log's entries and pieces of copies are to term leaves: cut once for all of them, and kept until the last has had it. */
import type { Fields } from "../../../core/collection.ts";
import type { StoredDocument } from "../../../core/contracts/documents.ts";
import type { LogEntry, ReplicatedOperation } from "../../../core/contracts/replication.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import type { TermOwnership } from "../../../core/term-ownership.ts";
import { SkeletonMaker } from "../../segment/skeletons.ts";

/** Characters of documents whose skeletons are kept: two messages of entries, or of a copy. */
const KEPT_CHARACTERS_MAX = 8 * 1024 * 1024;

interface Kept {
  /** By leaf, the JSON of each document. */
  byLeaf: string[][];
  characters: number;
}

export class SkeletonCache {
  private readonly maker: SkeletonMaker;
  private readonly leaves: number;
  private readonly kept = new Map<string, Kept>();
  private characters = 0;

  constructor(fields: Fields, ownership: TermOwnership) {
    this.maker = new SkeletonMaker(fields, ownership);
    this.leaves = ownership.leaves;
  }

  entry({ after, position, operations }: LogEntry, leaf: number): LogEntry {
    const puts = operations.flatMap((operation) => (operation.kind === "put" ? [operation] : []));
    const skeletons = this.skeletons(`${position.sequence}/${position.clock}`, puts, leaf).values();
    const cut = (operation: ReplicatedOperation): ReplicatedOperation =>
      operation.kind === "put" ? { ...operation, json: skeletons.next().value ?? "{}" } : operation;
    return { after, position, operations: operations.map(cut) };
  }

  /** `key`: no other documents have it. */
  documents(key: string, documents: readonly StoredDocument[], leaf: number): StoredDocument[] {
    const skeletons = this.skeletons(key, documents, leaf);
    return documents.map(({ id, version }, at) => ({ id, version, json: skeletons[at] ?? "{}" }));
  }

  private skeletons(key: string, documents: readonly { json: string }[], leaf: number): string[] {
    let kept = this.kept.get(key);
    if (kept === undefined) {
      kept = this.cut(documents);
      this.kept.set(key, kept);
      this.characters += kept.characters;
      for (const [oldest, { characters }] of this.kept) {
        if (this.characters <= KEPT_CHARACTERS_MAX || oldest === key) break;
        this.kept.delete(oldest);
        this.characters -= characters;
      }
    }
    return kept.byLeaf[leaf] ?? [];
  }

  private cut(documents: readonly { json: string }[]): Kept {
    const byLeaf = Array.from({ length: this.leaves }, (): string[] => []);
    let characters = 0;
    for (const { json } of documents) {
      const document = JSON.parse(json) as JsonObject; // a document that was stored
      for (const [leaf, skeleton] of this.maker.cut(document).entries()) byLeaf[leaf]?.push(skeleton);
      characters += json.length;
    }
    return { byLeaf, characters };
  }
}
