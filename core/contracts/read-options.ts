/** What every read of a leaf may carry. */
export interface ReadOptions {
  /** The sequence that the leaf must have reached: it answers `replica-behind` rather than something older. */
  minSequence?: number;
  /** Names this read for whoever may have to cancel it. */
  requestId?: string;
  /** The time that is left for it. */
  deadlineMs?: number;
}
