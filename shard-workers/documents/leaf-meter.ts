/** What a leaf counts of itself, beside the rows that it reads and writes (leaf/metered-sql.ts). */
import { meter } from "../../core/metrics/isolate-meter.ts";
import type { LeafPlace } from "./leaf-place.ts";
import type { LeafIndex } from "./leaf-index.ts";
import type { LeafApi } from "./leaf-stub.ts";

/** All that reaches a leaf, each a request as it is billed. */
export const LEAF_REQUESTS: Readonly<Record<keyof LeafApi | "alarm", true>> = {
  write: true,
  getDocument: true,
  fetchDocuments: true,
  exportPage: true,
  search: true,
  searchMatches: true,
  shipTerms: true,
  scatter: true,
  stats: true,
  cancel: true,
  push: true,
  pull: true,
  moveIn: true,
  moveOut: true,
  fence: true,
  purge: true,
  alarm: true,
};

type Sized = Pick<LeafIndex, "size">;

/** The segments of one leaf. */
export class SegmentMeter {
  private readonly place: LeafPlace;
  private of: Sized | undefined;
  private flushes = 0;
  private merges = 0;

  constructor(place: LeafPlace) {
    this.place = place;
  }

  /** To be called after what may have changed them. An index that was opened anew counts from nothing. */
  look(collection: string, index: Sized, bytes: number): void {
    const { segments, flushes, merges } = index.size;
    if (this.of !== index) {
      this.of = index;
      this.flushes = 0;
      this.merges = 0;
    }
    meter().count("umbel_leaf_flushes_total", { collection }, flushes - this.flushes);
    meter().count("umbel_leaf_merges_total", { collection }, merges - this.merges);
    this.flushes = flushes;
    this.merges = merges;
    const { shard, replica } = this.place;
    meter().set("umbel_leaf_segments", { collection, shard, replica }, segments);
    meter().set("umbel_leaf_bytes", { collection, shard, replica }, bytes);
  }
}
