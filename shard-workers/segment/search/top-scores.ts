/** The best of a segment's documents by score, then by id: a heap in typed arrays. */

export class TopScores {
  readonly ordinals: Uint32Array;
  readonly scores: Float64Array;
  size = 0;
  /** What a score must reach to get in: the worst kept, once there are enough, and what is known from elsewhere. */
  threshold: number;
  private readonly capacity: number;
  private readonly compareIds: (a: number, b: number) => number;

  /** Keeps `capacity` (at least 1) documents of those whose score is at least `floor`. */
  constructor(capacity: number, floor: number, compareIds: (a: number, b: number) => number) {
    this.capacity = capacity;
    this.ordinals = new Uint32Array(capacity);
    this.scores = new Float64Array(capacity);
    this.threshold = floor;
    this.compareIds = compareIds;
  }

  get full(): boolean {
    return this.size === this.capacity;
  }

  push(ordinal: number, score: number): void {
    if (score < this.threshold) return;
    if (this.size < this.capacity) {
      this.siftUp(this.size++, ordinal, score);
    } else {
      const worst = this.scores[0] ?? 0;
      if (score === worst && this.compareIds(ordinal, this.ordinals[0] ?? 0) > 0) return;
      this.siftDown(ordinal, score);
    }
    if (this.size === this.capacity) this.threshold = Math.max(this.threshold, this.scores[0] ?? 0);
  }

  /** Whether the first comes after the second: it is the one to lose. */
  private isWorse(score: number, ordinal: number, otherScore: number, otherOrdinal: number): boolean {
    return score < otherScore || (score === otherScore && this.compareIds(ordinal, otherOrdinal) > 0);
  }

  private siftUp(start: number, ordinal: number, score: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const parentScore = this.scores[parent] ?? 0;
      const parentOrdinal = this.ordinals[parent] ?? 0;
      if (!this.isWorse(score, ordinal, parentScore, parentOrdinal)) break;
      this.scores[at] = parentScore;
      this.ordinals[at] = parentOrdinal;
      at = parent;
    }
    this.scores[at] = score;
    this.ordinals[at] = ordinal;
  }

  /** Puts a document in the place of the worst. */
  private siftDown(ordinal: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.childIsWorse(child + 1, child)) child += 1;
      const childScore = this.scores[child] ?? 0;
      const childOrdinal = this.ordinals[child] ?? 0;
      if (!this.isWorse(childScore, childOrdinal, score, ordinal)) break;
      this.scores[at] = childScore;
      this.ordinals[at] = childOrdinal;
      at = child;
    }
    this.scores[at] = score;
    this.ordinals[at] = ordinal;
  }

  private childIsWorse(a: number, b: number): boolean {
    return this.isWorse(
      this.scores[a] ?? 0,
      this.ordinals[a] ?? 0,
      this.scores[b] ?? 0,
      this.ordinals[b] ?? 0,
    );
  }
}
