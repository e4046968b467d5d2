/** What every read of a leaf may carry. */
export interface ReadOptions {
  /** The sequence that the leaf must have reached: it answers `replica-behind` rather than something older. */
  minSequence?: number;
  /** Names this read for whoever may have to cancel it. */
  requestId?: string;
  /** The share of the leaf's documents that it is about, where it is about more than some that are named. */
  part?: number;
  /** The time that is left for it. */
  deadlineMs?: number;
}
