/** Which segments there are: the one row that a flush or a merge has to change to take effect. */
import { MANIFEST_KEY, seal, unseal, type SegmentStore } from "./store.ts";

export interface Manifest {
  /** How the fields were declared when the segments were written. */
  declaration: string;
  segments: number[];
  /** The number that the next segment gets. */
  nextSegment: number;
  /** A segment that is being written by a merge: what a crash left of it goes with the next merge. 0: none. */
  merging: number;
  /** The number that the next row of the log gets, as of the last flush. */
  nextLogRow: number;
}

export const EMPTY_MANIFEST: Manifest = {
  declaration: "",
  segments: [],
  nextSegment: 1,
  merging: 0,
  nextLogRow: 0,
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function readManifest(store: SegmentStore): Manifest {
  const row = store.read(MANIFEST_KEY);
  if (row === undefined) return EMPTY_MANIFEST;
  return JSON.parse(decoder.decode(unseal(MANIFEST_KEY, row))) as Manifest; // this module's own writing
}

export function writeManifest(store: SegmentStore, manifest: Manifest): void {
  store.write(MANIFEST_KEY, seal(MANIFEST_KEY, encoder.encode(JSON.stringify(manifest))));
}
