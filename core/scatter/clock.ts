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
 * The runtime's time for one request, in which much is due at the same millisecond, and nearly all of it called off: a wave's
 * deadlines, its hedges. To set and to clear a timer of the runtime costs as much as a tenth of a call to a leaf, so there is one, for what is due
 * first, and it is not cleared: when it rings and nothing is due, it is set for what is due next. What rings after its request has ended is the
 * runtime's to drop. Timers belong to the request in which they were set, so a clock is not shared between requests.
 */
export class RequestClock implements Clock {
  private readonly due = new Map<number, Set<() => void>>();
  /** What the earliest timer is set for. */
  private ringsAt = Number.POSITIVE_INFINITY;

  now(): number {
    return Date.now();
  }

  after(ms: number, run: () => void): () => void {
    const at = Math.ceil(this.now() + ms);
    const runs = this.due.get(at) ?? new Set();
    this.due.set(at, runs);
    // The same function may be due twice.
    const own = (): void => run();
    runs.add(own);
    this.setFor(at);
    return () => {
      runs.delete(own);
      if (runs.size === 0 && this.due.get(at) === runs) this.due.delete(at);
    };
  }

  private setFor(at: number): void {
    if (at >= this.ringsAt) return;
    this.ringsAt = at;
    setTimeout(() => this.ring(at), at - this.now());
  }

  private ring(at: number): void {
    if (at === this.ringsAt) this.ringsAt = Number.POSITIVE_INFINITY;
    const ready = [...this.due.keys()].filter((each) => each <= at).toSorted((a, b) => a - b);
    for (const each of ready) {
      const runs = this.due.get(each) ?? new Set();
      this.due.delete(each);
      for (const run of runs) {
        // One of them may have called another off.
        if (runs.delete(run)) run();
      }
    }
    if (this.due.size > 0) this.setFor(Math.min(...this.due.keys()));
  }
}
