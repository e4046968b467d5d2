/** A number of places, and a queue for them. */

export class Slots {
  private free: number;
  private readonly waitingMax: number;
  private readonly waitMaxMs: number;
  private readonly waiting = new Set<(got: boolean) => void>();

  constructor(count: number, { waitingMax, waitMaxMs }: { waitingMax: number; waitMaxMs: number }) {
    this.free = count;
    this.waitingMax = waitingMax;
    this.waitMaxMs = waitMaxMs;
  }

  /** A place, at once or when one is free again, in the order of asking. False: too many wait, or it took too long. */
  async take(): Promise<boolean> {
    if (this.free > 0) {
      this.free--;
      return true;
    }
    if (this.waiting.size >= this.waitingMax) return false;
    return new Promise((resolve) => {
      const settle = (got: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(got);
      };
      const timer = setTimeout(() => settle(false), this.waitMaxMs);
      this.waiting.add(settle);
    });
  }

  /** Gives a place back. */
  leave(): void {
    const [next] = this.waiting;
    if (next === undefined) this.free++;
    else next(true);
  }
}
