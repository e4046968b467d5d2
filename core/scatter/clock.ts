/** Time as policies see it: injected, so that tests and the simulator turn it themselves. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Runs something later, unless the function that this returns is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The runtime's time. A Worker's stands still while it computes, and goes on with every answer that it waits for. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * The runtime's time for one request, in which much is due at the same millisecond: a wave's deadlines, its hedges. What is due
 * together shares a timer of the runtime, since setting and clearing one costs as much as a tenth of a call to a leaf. Timers belong to
 * the request in which they were set, so a clock is not shared between requests.
 */
export class RequestClock implements Clock {
  private readonly due = new Map<number, { runs: Set<() => void>; timer: ReturnType<typeof setTimeout> }>();

  now(): number {
    return Date.now();
  }

  after(ms: number, run: () => void): () => void {
    const at = Math.ceil(this.now() + ms);
    let shared = this.due.get(at);
    if (shared === undefined) {
      shared = { runs: new Set(), timer: setTimeout(() => this.ring(at), ms) };
      this.due.set(at, shared);
    }
    const { runs, timer } = shared;
    // The same function may be due twice.
    const own = (): void => run();
    runs.add(own);
    return () => {
      runs.delete(own);
      if (runs.size > 0 || this.due.get(at)?.runs !== runs) return;
      this.due.delete(at);
      clearTimeout(timer);
    };
  }

  private ring(at: number): void {
    const runs = this.due.get(at)?.runs ?? new Set();
    this.due.delete(at);
    for (const run of runs) {
      // One of them may have called another off.
      if (!runs.delete(run)) continue;
      run();
    }
  }
}
