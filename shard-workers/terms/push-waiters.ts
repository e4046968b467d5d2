/** Reads that wait for what a shard is about to push. */

export class PushWaiters {
  private readonly waiting = new Set<() => void>();

  /** Something has come: whoever waits looks again. */
  wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  /** Whether something has come within this time. */
  async next(ms: number): Promise<boolean> {
    if (ms <= 0) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const woken = (): void => resolve(true);
    this.waiting.add(woken);
    const timer = setTimeout(() => resolve(false), ms);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(woken);
    }
  }
}
