/** Leaves as branches see them. */
import type {
  ExportPage,
  StoredDocument,
  WriteOperation,
  WriteOutcome,
} from "../../core/contracts/documents.ts";
import type {
  CollectionRef,
  LeafAnswer,
  MatchPlan,
  SearchPlan,
  Statistics,
} from "../../core/contracts/search.ts";
import type { Result } from "../../core/errors.ts";

/** Each shard has one leaf, its primary. */
export const PRIMARY = 0;

export type LeafWriteAnswer = Result<{ outcomes: WriteOutcome[]; sequence: number; rowsWritten: number }>;
export type LeafStatisticsAnswer = Result<{ statistics: Statistics; documents: number; rowsRead: number }>;

/** What a leaf answers over RPC. */
export interface LeafApi {
  write(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer>;
  getDocument(ref: CollectionRef, id: string): Promise<Result<{ document: StoredDocument | null }>>;
  /** Of the wanted documents those that exist, at least one, as far as a message has room. */
  fetchDocuments(ref: CollectionRef, ids: string[]): Promise<Result<{ documents: StoredDocument[] }>>;
  exportPage(ref: CollectionRef, afterId: string): Promise<ExportPage>;
  statistics(ref: CollectionRef, plan: MatchPlan): Promise<LeafStatisticsAnswer>;
  search(ref: CollectionRef, shard: number, plan: SearchPlan): Promise<LeafAnswer>;
  stats(ref: CollectionRef): Promise<Result<{ documents: number; bytes: number; sequence: number }>>;
  /** Forgets everything. The next request finds a leaf that has never been. */
  purge(): Promise<void>;
}

/** The leaf of a shard. Its Durable Object is named by the collection's id, since a name can come again. */
export function leafStub(env: DocumentsBindings, collectionId: string, shard: number): LeafApi {
  return env.LEAF.getByName(`${collectionId}/${shard}/${PRIMARY}`);
}
