/** The versions that a leaf gives documents: a hybrid logical clock. */

/** 1,024 a millisecond stay exact in a double until the year 2248. */
export const VERSIONS_A_MS = 1_024;

/**
 * A version above every one before it, also those of deleted documents and of the leaves that its documents came from
 * (Kulkarni et al., "Logical Physical Clocks", 2014). It is durable with its batch.
 */
export function nextVersion({ clock }: { readonly clock: number }): number {
  return Math.max(clock + 1, Date.now() * VERSIONS_A_MS);
}
