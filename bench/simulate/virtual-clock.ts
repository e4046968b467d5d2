/** Time that goes on when everything that was to happen has happened: a heap of events, the earliest on top. */
import type { Clock } from "../../core/scatter/clock.ts";

interface Event {
  at: number;
  /** Events of one moment happen in the order in which they were asked for. */
  order: number;
  run: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  private readonly heap: Event[] = [];
  private time = 0;
  private asked = 0;

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.time + ms, order: this.asked++, run };
    this.push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets everything happen, until nothing is left to happen. */
  runToEnd(): void {
    for (let event = this.pop(); event !== undefined; event = this.pop()) {
      if (event.run === undefined) continue;
      this.time = event.at;
      event.run();
    }
  }

  private push(event: Event): void {
    let place = this.heap.length;
    this.heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      this.heap[place] = above;
      place = parent;
    }
    this.heap[place] = event;
  }

  private pop(): Event | undefined {
    const [top] = this.heap;
    const last = this.heap.pop();
    if (top === undefined || last === undefined || this.heap.length === 0) return top;
    const size = this.heap.length;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [this.heap[left], this.heap[left + 1]];
      if (a === undefined) break;
      const child = left + 1 < size && b !== undefined && isBefore(b, a) ? b : a;
      if (!isBefore(child, last)) break;
      this.heap[place] = child;
      place = child === a ? left : left + 1;
    }
    this.heap[place] = last;
    return top;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
