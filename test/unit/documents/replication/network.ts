/** A network in virtual time: messages are late, overtake each other, come twice or never; everything by one seed. */

/** What happens to a message: shares of all, and the longest delay in ms. */
export interface Weather {
  lost: number;
  doubled: number;
  delayMaxMs: number;
}

export const CALM: Weather = { lost: 0, doubled: 0, delayMaxMs: 5 };

/** Random numbers from 0 to 1, the same for a seed (Mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Event {
  atMs: number;
  run: () => void;
}

export class Network {
  nowMs = 0;
  weather: Weather = CALM;
  delivered = 0;
  private readonly random: () => number;
  private readonly events: Event[] = [];

  constructor(random: () => number) {
    this.random = random;
  }

  at(atMs: number, run: () => void): void {
    let place = this.events.length;
    while (place > 0 && (this.events[place - 1]?.atMs ?? 0) > atMs) place -= 1;
    this.events.splice(place, 0, { atMs, run });
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(ms: number): Promise<void> {
    const until = this.nowMs + ms;
    for (;;) {
      await settled();
      const [next] = this.events;
      if (next === undefined || next.atMs > until) break;
      this.events.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = until;
  }

  /**
   * Calls `handler` on another node, after a delay, perhaps twice, perhaps never, and brings its answer back. What is lost
   * rejects after `timeoutMs`. `caller` says whether the node is still there that asked: nobody else gets the answer.
   */
  async call<T>(handler: () => Promise<T>, caller: () => boolean, timeoutMs: number): Promise<T> {
    const { lost, doubled } = this.weather;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timesOut = () => this.at(this.nowMs + timeoutMs, () => caller() && reject(new Error("no answer")));
    const deliver = (answer: (result: Promise<T>) => void) => {
      this.at(this.nowMs + this.delay(), () => {
        this.delivered += 1;
        answer(handler());
      });
    };
    if (this.random() < doubled) deliver((result) => void result.catch(() => undefined));
    if (this.random() < lost) timesOut();
    else {
      deliver((result) => {
        const answerIsLost = this.random() < lost;
        void this.bringBack(
          result,
          answerIsLost ? undefined : (value) => caller() && resolve(value),
          timesOut,
        );
      });
    }
    return promise;
  }

  /** `answer`: undefined, the answer is lost. */
  private async bringBack<T>(
    result: Promise<T>,
    answer: ((value: T) => void) | undefined,
    timesOut: () => void,
  ): Promise<void> {
    try {
      const value = await result;
      if (answer === undefined) timesOut();
      else this.at(this.nowMs + this.delay(), () => answer(value));
    } catch {
      timesOut();
    }
  }

  private delay(): number {
    return this.random() * this.weather.delayMaxMs;
  }
}

/** When all promises that can have run. */
export async function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
