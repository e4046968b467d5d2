/** The documents of hits that came without. */
import { refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { FetchAnswer, Hit, LeafReport, SearchPlan } from "../../core/contracts/search.ts";
import { selectFields } from "../../core/document/select.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { highlightDocument } from "../../core/query/highlight.ts";
import { scatter, type Deadline } from "./scatter.ts";

/** Documents of one answer, about: an isolate has 128 MB for all its requests, and parsed JSON takes its multiple. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface DressedHit {
  hit: Hit;
  document: JsonObject;
}

export interface Dressed {
  /** The first hits with their documents, parsed and projected. One that was deleted since it was found is left out. */
  hits: DressedHit[];
  /** Whether hits are left out because the documents before them are as many bytes as an answer holds. */
  cut: boolean;
  /** On the leaves that were asked for documents. Hits of one that failed are left out. */
  reports: LeafReport[];
}

/** Puts hits and documents together; hits that came with their document cost nothing. */
export async function dressHits(
  branches: Pick<BranchApi, "fetchDocuments">,
  collection: Collection,
  hits: readonly Hit[],
  plan: Pick<SearchPlan, "select" | "highlight" | "clauses">,
  deadline: Deadline,
): Promise<Dressed> {
  const texts = new Map<string, string>();
  const missing = new Map<number, Set<string>>();
  for (const { id, shard, document } of hits) {
    if (document !== undefined) texts.set(id, document);
    else missing.set(shard, (missing.get(shard) ?? new Set()).add(id));
  }
  const inline = new Set(texts.keys());
  let bytes = texts.values().reduce((sum, text) => sum + text.length, 0);
  const reports: LeafReport[] = [];
  // A leaf answers in the order asked, as many as a message holds, and at least one of those that still exist.
  while (missing.size > 0 && bytes < ANSWER_BYTES_MAX) {
    const { documents: fetched, leaves } = await fetchMissing(branches, collection, missing, deadline);
    reports.push(...leaves);
    for (const { id, json } of fetched) {
      texts.set(id, json);
      bytes += json.length;
    }
    for (const [shard, ids] of missing) {
      const before = ids.size;
      for (const { id } of fetched) ids.delete(id);
      if (ids.size === 0 || ids.size === before) missing.delete(shard);
    }
  }
  // What is still missing was not asked for; the answer ends before the first of these.
  const end = hits.findIndex(({ id, shard }) => missing.get(shard)?.has(id) === true);
  const kept = end < 0 ? hits : hits.slice(0, end);
  return {
    hits: kept.flatMap((hit) => {
      const text = texts.get(hit.id);
      if (text === undefined) return [];
      const document = JSON.parse(text) as JsonObject; // stored documents are objects
      // What came with its hit has been projected, and its highlights taken, where it was found.
      if (inline.has(hit.id)) return [{ hit, document }];
      return [fetchedHit(hit, document, plan, collection)];
    }),
    cut: end >= 0,
    reports,
  };
}

function fetchedHit(
  hit: Hit,
  document: JsonObject,
  plan: Pick<SearchPlan, "select" | "highlight" | "clauses">,
  { fields }: Collection,
): DressedHit {
  return {
    hit:
      plan.highlight.length === 0 ? hit : { ...hit, highlights: highlightDocument(document, plan, fields) },
    document: plan.select === undefined ? document : selectFields(document, plan.select),
  };
}

async function fetchMissing(
  branches: Pick<BranchApi, "fetchDocuments">,
  collection: Collection,
  missing: ReadonlyMap<number, ReadonlySet<string>>,
  deadline: Deadline,
): Promise<FetchAnswer> {
  const ref = refOf(collection);
  const answers = await scatter<FetchAnswer>(
    [...missing.keys()],
    deadline,
    (shards, deadlineMs) =>
      branches.fetchDocuments(
        ref,
        shards.map((shard) => ({ shard, ids: [...(missing.get(shard) ?? [])] })),
        deadlineMs,
      ),
    { documents: [], leaves: [] },
  );
  return {
    documents: answers.flatMap(({ documents }) => documents),
    leaves: answers.flatMap(({ leaves }) => leaves),
  };
}
