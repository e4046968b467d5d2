/** Which segments there are: the one row that a flush or a merge has to change to take effect. */
import type { Position } from "../../core/contracts/replication.ts";
import { MANIFEST_KEY, seal, unseal, type SegmentStore } from "./store.ts";

export interface Manifest {
  /** How the fields are declared. */
  declaration: string;
  segments: number[];
  /** Those of them that were written under another declaration, whose documents are to be indexed anew. */
  outdated: number[];
  /** The fields that were declared since some of those were written. */
  outdatedFields: string[];
  /** The number that the next segment gets. */
  nextSegment: number;
  /** A segment that is being written by a merge: what a crash left of it goes with the next merge. 0: none. */
  merging: number;
  /** Segments in whose place others are, whose rows stay for as long as somebody reads them. */
  replaced: number[];
  /** The position in the log of batches as of the last flush. */
  sequence: number;
  clock: number;
  /** The first row of the log that is in no segment. */
  replayFrom: number;
  /** The sequences at the last flushes, as far back as the log is kept for those that follow. */
  flushes: number[];
  /** In a copy of another engine's documents that is not whole: the highest id up to which all are here. */
  copiedTo?: string;
}

export const EMPTY_MANIFEST: Manifest = {
  declaration: "",
  segments: [],
  outdated: [],
  outdatedFields: [],
  nextSegment: 1,
  merging: 0,
  replaced: [],
  sequence: 0,
  clock: 0,
  replayFrom: 0,
  flushes: [],
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function readManifest(store: SegmentStore): Manifest {
  const row = store.read(MANIFEST_KEY);
  if (row === undefined) return EMPTY_MANIFEST;
  const manifest = JSON.parse(decoder.decode(unseal(MANIFEST_KEY, row))) as Manifest; // this module's own writing
  // One that was written before segments could be read for long names none.
  return { ...manifest, replaced: manifest.replaced ?? [] };
}

/** Whether nothing was ever written here. */
export function isUntouched(store: SegmentStore): boolean {
  return store.read(MANIFEST_KEY) === undefined;
}

/** Empties a store, whatever is in it, and makes it a copy that has no documents yet. */
export function beginCopy(store: SegmentStore): void {
  store.transaction(() => begin(store, { ...EMPTY_MANIFEST, copiedTo: "" }));
}

/**
 * Empties a store, whose log goes on behind a position all the same: nobody takes what follows for what they have. Part of the
 * caller's transaction.
 */
export function beginAnew(store: SegmentStore, { sequence, clock }: Position): void {
  begin(store, { ...EMPTY_MANIFEST, sequence: sequence + 1, clock });
}

function begin(store: SegmentStore, manifest: Manifest): void {
  for (const key of store.keys(0, Number.MAX_SAFE_INTEGER)) store.remove(key);
  writeManifest(store, manifest);
}

export function writeManifest(store: SegmentStore, manifest: Manifest): void {
  store.write(MANIFEST_KEY, seal(MANIFEST_KEY, encoder.encode(JSON.stringify(manifest))));
}
