/** A leaf's index on what it has stored. */
import type { Layout } from "../../core/collection.ts";
import { beginCopy, isUntouched } from "../segment/manifest.ts";
import type { SegmentStore } from "../segment/store.ts";
import type { LeafPlace } from "./leaf-place.ts";
import { PRIMARY } from "./leaf-stub.ts";
import { SegmentIndex } from "./segment-index.ts";

/** Nothing is read before it is declared. A replica has none but the primary's documents: it begins as a copy of them. */
export function indexOn(store: SegmentStore, { replica }: LeafPlace, layout: Layout): SegmentIndex {
  if (replica !== PRIMARY && isUntouched(store)) beginCopy(store);
  // Term leaves have the words.
  return new SegmentIndex(store, layout === "terms" ? "none" : "words");
}
