/** The versions that a leaf gives: a hybrid logical clock. */
import type { LeafIndex } from "./leaf-index.ts";

/** So many a millisecond stay exact in a double until the year 2248. */
const VERSIONS_A_MS = 1024;

/**
 * A version above every one before it, also those of deleted documents and of another leaf that a slot came from
 * (Kulkarni et al., "Logical Physical Clocks", 2014). It is durable with its batch.
 */
export function nextVersion({ clock }: LeafIndex): number {
  return Math.max(clock + 1, Date.now() * VERSIONS_A_MS);
}
