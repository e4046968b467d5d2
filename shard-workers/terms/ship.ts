/** What one term leaf ships to another, which ranks: postings of some clauses, and of them only what is still needed. */
import type { MatchPlan } from "../../core/contracts/search.ts";
import { cutTerm } from "../segment/analysis.ts";
import { hasBit, setBit } from "../segment/bitmap.ts";
import { ByteReader, ByteWriter } from "../segment/bytes.ts";
import { bitmapWords, type Bitmap } from "../segment/column-contract.ts";
import type { Postings } from "../segment/postings.ts";
import { findCandidates } from "../segment/search/candidates.ts";
import { countMatches, matchClauses } from "../segment/search/clauses.ts";
import { resetScratch } from "../segment/search/scratch.ts";
import type { Searchable } from "../segment/searchable.ts";
import { locateVersions, unpackVersions } from "../segment/versions.ts";
import type { PhraseTerm } from "./clause-parts.ts";
import { placesOf, PostingListBuilder, readPostingList, type PostingList } from "./posting-list.ts";

/** What a leaf is to ship. Clauses are named by their places in the plan. */
export interface ShipRequest {
  plan: MatchPlan;
  /** Only documents that match all of these are shipped, of these clauses and of the others. */
  musts: number[];
  others: number[];
  /** These are shipped whole: how many documents they match is known only once all leaves' parts are together. */
  whole: number[];
  /** So are these, with places. */
  phraseTerms: PhraseTerm[];
}

export interface Shipped {
  /** Shard by shard the lists in the order of `listsOf`. */
  lists: Uint8Array;
  /** How many documents each of `musts` and `others` matches, whatever was asked for. */
  frequencies: number[];
}

/** A track's segments. */
export type TrackSegments = readonly Searchable<null>[];

/** A list of what is shipped: a clause's in one field, or a phrase's term. */
interface ListKey {
  field: string;
  clause: number;
  phraseTerm?: PhraseTerm;
}

export function listsOf({ plan, musts, others, whole, phraseTerms }: ShipRequest): ListKey[] {
  return [
    ...[...musts, ...others, ...whole].flatMap((clause) => {
      const names = new Set(plan.clauses[clause]?.fields.map(({ field }) => field));
      return plan.searched.flatMap(({ field }): ListKey[] => (names.has(field) ? [{ field, clause }] : []));
    }),
    ...phraseTerms.map((phraseTerm): ListKey => {
      const { clause, entry } = phraseTerm;
      return { field: plan.clauses[clause]?.fields[entry]?.field ?? "", clause, phraseTerm };
    }),
  ];
}

/** `candidates`: by shard, packed, the documents that are still needed, but of what is shipped whole; absent: all. */
export function ship(
  tracks: readonly TrackSegments[],
  request: ShipRequest,
  candidates: readonly Uint8Array[] | undefined,
): Shipped {
  const writer = new ByteWriter(4096);
  const frequencies = Array.from({ length: request.musts.length + request.others.length }, () => 0);
  try {
    for (const [shard, segments] of tracks.entries()) {
      const wanted = candidates?.[shard];
      const builders = shipTrack(segments, request, wanted && unpackVersions(wanted), frequencies);
      for (const builder of builders) builder.write(writer);
    }
  } catch (error) {
    resetScratch();
    throw error;
  }
  return { lists: writer.copy(), frequencies };
}

/** What was shipped, list by list, shard by shard. */
export function unpackShipped(lists: Uint8Array, keys: readonly ListKey[], shards: number): PostingList[][] {
  const reader = new ByteReader(lists);
  const unpacked = keys.map((): PostingList[] => []);
  for (let shard = 0; shard < shards; shard++) {
    for (const [at, { phraseTerm }] of keys.entries())
      unpacked[at]?.push(readPostingList(reader, phraseTerm !== undefined));
  }
  return unpacked;
}

function shipTrack(
  segments: TrackSegments,
  request: ShipRequest,
  wanted: Float64Array | undefined,
  frequencies: number[],
): PostingListBuilder[] {
  const keys = listsOf(request);
  const builders = keys.map(() => new PostingListBuilder());
  for (const segment of segments) shipSegment(segment, request, wanted, { keys, builders, frequencies });
  return builders;
}

interface Shipment {
  keys: ListKey[];
  builders: PostingListBuilder[];
  frequencies: number[];
}

function shipSegment(
  segment: Searchable<null>,
  request: ShipRequest,
  wanted: Float64Array | undefined,
  { keys, builders, frequencies }: Shipment,
): void {
  const { plan, musts, others, whole, phraseTerms } = request;
  const asked = [...musts, ...others, ...whole];
  const picked = asked.flatMap((clause) => plan.clauses[clause] ?? []);
  const matches = matchClauses(segment, { clauses: picked, searched: plan.searched });
  for (const [at, match] of matches.slice(0, frequencies.length).entries())
    frequencies[at] = (frequencies[at] ?? 0) + countMatches(segment, match);
  if (phraseTerms.length === 0 && matches.every(({ documents }) => documents === 0)) return;
  const versions = segment.allVersions();
  const kept = keptDocuments(segment, matches.slice(0, musts.length), versions, wanted);
  for (const [at, { field, clause, phraseTerm }] of keys.entries()) {
    const builder = builders[at];
    if (builder === undefined) continue;
    if (phraseTerm !== undefined) {
      const term = plan.clauses[clause]?.fields[phraseTerm.entry]?.terms[phraseTerm.index] ?? "";
      const postings = segment.field(field)?.find(cutTerm(term));
      if (postings !== undefined) copy(postings, segment, versions, undefined, builder, true);
      continue;
    }
    const place = asked.indexOf(clause);
    const match = matches[place]?.fields.find((found) => plan.searched[found.field]?.field === field);
    if (match === undefined) continue;
    copy(match.postings, segment, versions, place < frequencies.length ? kept : undefined, builder, false);
  }
}

/** The documents that are shipped of what is not shipped whole; undefined: all. */
function keptDocuments(
  segment: Searchable<null>,
  musts: ReturnType<typeof matchClauses>,
  versions: ArrayLike<number>,
  wanted: Float64Array | undefined,
): Bitmap | undefined {
  if (musts.length === 0 && wanted === undefined) return undefined;
  const filter = wanted && (() => bitsOf(versions, wanted));
  return findCandidates(segment, musts, filter).slice(0, bitmapWords(segment.documents));
}

/** The documents of a segment that have one of these versions. */
export function bitsOf(versions: ArrayLike<number>, wanted: Float64Array): Bitmap {
  const bits = new Uint32Array(bitmapWords(versions.length));
  for (const ordinal of locateVersions(versions, wanted).ordinals) setBit(bits, ordinal);
  return bits;
}

function copy(
  postings: Postings,
  { deleted, deletedCount }: Searchable<null>,
  versions: ArrayLike<number>,
  kept: Bitmap | undefined,
  builder: PostingListBuilder,
  withPositions: boolean,
): void {
  postings.restart();
  while (postings.next()) {
    postings.decodeOrdinals();
    postings.decodeFrequencies();
    for (let index = 0; index < postings.count; index++) {
      const ordinal = postings.ordinals[index] ?? 0;
      if (kept === undefined ? deletedCount > 0 && hasBit(deleted, ordinal) : !hasBit(kept, ordinal))
        continue;
      const frequency = postings.frequencies[index] ?? 0;
      builder.add(
        versions[ordinal] ?? 0,
        frequency,
        withPositions ? positionsOf(postings, index, frequency) : undefined,
      );
    }
  }
}

function positionsOf(postings: Postings, index: number, frequency: number): Uint32Array {
  const positions = new Uint32Array(placesOf(frequency));
  postings.readPositions(index, positions);
  return positions;
}
