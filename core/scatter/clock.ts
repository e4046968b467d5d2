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
