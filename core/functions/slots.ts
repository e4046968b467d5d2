/**
 * How many different isolates are called at a time, and a queue for more. The platform counts distinct Dynamic Workers in flight: calls of the
 * same one are one.
 */

interface Waiter {
  key: string;
  settle: (got: boolean) => void;
}

export class Slots {
  private readonly count: number;
  private readonly waitingMax: number;
  private readonly waitMaxMs: number;
  /** Calls in flight, by isolate. */
  private readonly calls = new Map<string, number>();
  private readonly waiting = new Set<Waiter>();

  constructor(count: number, { waitingMax, waitMaxMs }: { waitingMax: number; waitMaxMs: number }) {
    this.count = count;
    this.waitingMax = waitingMax;
    this.waitMaxMs = waitMaxMs;
  }

  /**
   * A slot, at once or when one is free again, in the order of asking: where others wait, a call waits behind them also for an isolate that is
   * in flight, or that one could stay for ever. False: too many wait, or it took too long.
   */
  async take(key: string): Promise<boolean> {
    if (this.waiting.size === 0 && this.admit(key)) return true;
    if (this.waiting.size >= this.waitingMax) return false;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        key,
        settle: (got) => {
          clearTimeout(timer);
          this.waiting.delete(waiter);
          resolve(got);
        },
      };
      const timer = setTimeout(() => {
        waiter.settle(false);
        this.admitWaiting();
      }, this.waitMaxMs);
      this.waiting.add(waiter);
    });
  }

  /** Gives a slot back. */
  leave(key: string): void {
    const left = (this.calls.get(key) ?? 1) - 1;
    if (left === 0) this.calls.delete(key);
    else this.calls.set(key, left);
    this.admitWaiting();
  }

  private admitWaiting(): void {
    for (const waiter of this.waiting) {
      if (!this.admit(waiter.key)) return;
      waiter.settle(true);
    }
  }

  private admit(key: string): boolean {
    const inFlight = this.calls.get(key);
    if (inFlight === undefined && this.calls.size >= this.count) return false;
    this.calls.set(key, (inFlight ?? 0) + 1);
    return true;
  }
}
