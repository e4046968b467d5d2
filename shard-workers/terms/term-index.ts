/**
 * A term leaf's postings: an engine a document shard, each at that shard's sequence of its own. The documents in them are skeletons: they
 * have the lengths of all texts, and the terms that this leaf owns. So what an engine does for documents (durability, flush,
 * merges, deletions, blocks with impacts) it does here, and a search here is a search of documents that have few words.
 */
import type { Fields } from "../../core/collection.ts";
import type { Position } from "../../core/contracts/replication.ts";
import type { MatchPlan } from "../../core/contracts/search.ts";
import type { TermPush, TrackPlace } from "../../core/contracts/terms.ts";
import type { TermOwnership } from "../../core/term-ownership.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { cutTerm } from "../segment/analysis.ts";
import type { ColumnModule } from "../segment/column-contract.ts";
import { SegmentEngine } from "../segment/engine.ts";
import { beginCopy, isUntouched } from "../segment/manifest.ts";
import { declarationOf } from "../segment/refresh.ts";
import type { Searchable } from "../segment/searchable.ts";
import type { SegmentStore } from "../segment/store.ts";
import { partsOf } from "./clause-parts.ts";
import { takePush } from "./take-push.ts";

/** Values are the document leaves'. */
const NO_COLUMNS: ColumnModule<null> = {
  // `null` has no members that columns lack.
  createLive: () => ({ add: () => {}, bytes: 0 }) as unknown as ReturnType<ColumnModule<null>["createLive"]>,
  open: () => null,
  *encode() {},
};

/** What one leaf has of one shard. */
export class Track {
  readonly engine: SegmentEngine<null>;
  /** How far the shard has said to be, and how many documents it then had. */
  head: { position: Position; documents: number } | undefined;
  private readonly store: SegmentStore;

  constructor(store: SegmentStore, tracks: number) {
    this.store = store;
    // It has none but its shard's documents, and serves nothing before it has been told that it has them.
    if (isUntouched(store)) beginCopy(store);
    this.engine = new SegmentEngine<null>(store, NO_COLUMNS, undefined, {
      texts: "skeletons",
      sharers: tracks,
    });
  }

  /** Opens it. `anew`: text is declared otherwise than it was, and is to be copied anew, over what is there. */
  declare(fields: Fields, anew: boolean): void {
    this.engine.declare(textFields(fields));
    if (anew) this.engine.copy(() => {}, this.engine.batches.position, "");
  }

  get place(): TrackPlace {
    const { copiedTo } = this.engine;
    return { position: this.engine.batches.position, ...(copiedTo !== undefined && { copiedTo }) };
  }

  /** Whether it can answer: it has all of its shard's documents, as of its sequence, or has them under an older declaration. */
  get serves(): boolean {
    return this.engine.copiedTo === undefined || this.engine.outdatedDocuments() > 0;
  }

  /** Documents that it lacks, or has by older fields than are declared: as many as it knows of. */
  missing(isUsed: (field: string) => boolean): number {
    const outdated = this.engine.outdatedDocuments(isUsed);
    if (this.engine.copiedTo !== undefined) return outdated;
    const head = this.head?.position.sequence ?? 0;
    return outdated + Math.max(0, head - this.engine.batches.position.sequence);
  }

  put(id: string, version: number, json: string): void {
    const value = JSON.parse(json) as JsonObject; // `SkeletonMaker`'s writing
    this.engine.put({ id, version, json, value });
  }

  /** Empties it. */
  reset(fields: Fields): void {
    beginCopy(this.store);
    this.declare(fields, false);
  }
}

/** Whether term leaves index the same fields in the same way. */
export function sameTexts(a: Fields, b: Fields): boolean {
  return declarationOf(textFields(a)) === declarationOf(textFields(b));
}

/** The fields that term leaves index. */
function textFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, { type }]) => type === "text"));
}

export class TermIndex {
  readonly tracks: Track[];
  private readonly fields: Fields;

  /**
   * `storeOf`: where the engine of a shard keeps its rows. `anew`: text is declared otherwise than what they were written under.
   * Throws CorruptError.
   */
  constructor(shards: number, fields: Fields, storeOf: (shard: number) => SegmentStore, anew = false) {
    this.fields = fields;
    this.tracks = Array.from({ length: shards }, (_, shard) => {
      const track = new Track(storeOf(shard), shards);
      track.declare(fields, anew);
      return track;
    });
  }

  /** Empties a track's store, whatever is in it. */
  static discard(store: SegmentStore): void {
    beginCopy(store);
  }

  /** Takes what a shard's primary has pushed; answers where its track is then. */
  take(push: TermPush): TrackPlace {
    const track = this.tracks[push.shard];
    if (track === undefined) throw new RangeError("a push is of a shard that there is not");
    takePush(track, push, this.fields);
    return track.place;
  }

  /** By shard. */
  get segments(): Searchable<null>[][] {
    return this.tracks.map(({ engine }) => engine.searchables);
  }

  get sequences(): number[] {
    return this.tracks.map(({ engine }) => engine.batches.position.sequence);
  }

  get documents(): number {
    return this.tracks.reduce((sum, { engine }) => sum + engine.documentCount(), 0);
  }

  missing({ searched }: MatchPlan): number {
    const used = new Set(searched.map(({ field }) => field));
    return this.tracks.reduce((sum, track) => sum + track.missing((field) => used.has(field)), 0);
  }

  /** About how many postings this leaf has for each clause: what shipping them would take. */
  weigh(plan: MatchPlan, leaf: number, ownership: TermOwnership): number[] {
    const parts = partsOf(plan, ownership);
    const segments = this.segments.flat();
    return plan.clauses.map((clause, index) => {
      const part = parts[index];
      if (part === undefined || !(part.evaluators.includes(leaf) || part.phraseTerms.has(leaf))) return 0;
      let postings = 0;
      for (const segment of segments) {
        for (const { field, terms, whole } of clause.fields) {
          const own = segment.field(field);
          if (clause.kind === "prefix" && whole !== true)
            for (const found of own?.withPrefix(cutTerm(terms[0] ?? "")) ?? []) postings += found.documents;
          else for (const term of terms) postings += own?.find(cutTerm(term))?.documents ?? 0;
        }
      }
      return postings;
    });
  }

  mergeDue(): boolean {
    return this.tracks.some(({ engine }) => engine.mergeDue());
  }

  /** A bounded piece of one track's merging. */
  mergeStep(): void {
    this.tracks.find(({ engine }) => engine.mergeDue())?.engine.mergeStep();
  }
}
