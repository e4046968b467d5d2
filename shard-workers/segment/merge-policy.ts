/**
 * Which segments to merge next. Segments are in tiers by size, each tier `MERGE_FACTOR` times the one before; a tier
 * with that many segments becomes one segment of the next. So a document is written about log(n) times, and there are
 * about MERGE_FACTOR · log(n) segments, until they are full.
 */
import { SEGMENT_DOCUMENTS_MAX } from "./column-contract.ts";
import { DELETED_SHARE_MAX, DICTIONARY_INDEX_BYTES_MAX, MERGE_FACTOR, MERGED_TEXT_MAX } from "./limits.ts";

/** What the policy looks at. */
export interface MergeCandidate {
  documents: number;
  deletedCount: number;
  header: { text: number; fields: { indexBytes: number }[] };
}

/** The segments to merge into one, smallest first; empty: nothing is to be done. */
export function chooseMerge<S extends MergeCandidate>(segments: readonly S[]): S[] {
  const bySize = segments.toSorted((a, b) => remaining(a) - remaining(b));
  for (const tier of Map.groupBy(bySize, tierOf).values()) {
    if (tier.length < MERGE_FACTOR) continue;
    const group = fitting(tier);
    if (group.length >= 2) return group;
  }
  const worn = segments.find(({ documents, deletedCount }) => deletedCount / documents > DELETED_SHARE_MAX);
  return worn === undefined ? [] : [worn];
}

function remaining({ documents, deletedCount }: MergeCandidate): number {
  return documents - deletedCount;
}

function tierOf(segment: MergeCandidate): number {
  return Math.floor(Math.log(Math.max(1, remaining(segment))) / Math.log(MERGE_FACTOR));
}

/** As many of them as one segment can hold, the smallest first. */
function fitting<S extends MergeCandidate>(tier: readonly S[]): S[] {
  const group: S[] = [];
  let documents = 0;
  let text = 0;
  let indexBytes = 0;
  for (const segment of tier) {
    documents += remaining(segment);
    text += segment.header.text;
    indexBytes += Math.max(0, ...segment.header.fields.map((field) => field.indexBytes));
    const fits =
      documents <= SEGMENT_DOCUMENTS_MAX &&
      text <= MERGED_TEXT_MAX &&
      indexBytes <= DICTIONARY_INDEX_BYTES_MAX;
    if (!fits || group.length === MERGE_FACTOR) break;
    group.push(segment);
  }
  return group;
}
