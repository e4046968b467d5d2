/** The best k of a stream, in a heap of k: memory does not grow with what is looked at. */

/** Keeps the `k` items that come first by `compare`. */
export class Top<T> {
  /** A binary heap whose root is the worst item kept. */
  private readonly heap: T[] = [];
  private readonly k: number;
  private readonly compare: (a: T, b: T) => number;

  constructor(k: number, compare: (a: T, b: T) => number) {
    this.k = k;
    this.compare = compare;
  }

  push(item: T): void {
    if (this.k === 0) return;
    if (this.heap.length < this.k) {
      this.heap.push(item);
      this.siftUp(this.heap.length - 1);
    } else if (this.comesBefore(item, 0)) {
      this.heap[0] = item;
      this.siftDown(0);
    }
  }

  /** The kept items, best first. */
  sorted(): T[] {
    return this.heap.toSorted(this.compare);
  }

  private comesBefore(item: T, index: number): boolean {
    const other = this.heap[index];
    return other !== undefined && this.compare(item, other) < 0;
  }

  private siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.worse(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private siftDown(start: number): void {
    let index = start;
    for (;;) {
      let worst = index;
      if (this.worse(2 * index + 1, worst)) worst = 2 * index + 1;
      if (this.worse(2 * index + 2, worst)) worst = 2 * index + 2;
      if (worst === index) return;
      this.swap(index, worst);
      index = worst;
    }
  }

  private worse(a: number, b: number): boolean {
    const left = this.heap[a];
    const right = this.heap[b];
    return left !== undefined && right !== undefined && this.compare(left, right) > 0;
  }

  private swap(a: number, b: number): void {
    const left = this.heap[a];
    const right = this.heap[b];
    if (left === undefined || right === undefined) return;
    this.heap[a] = right;
    this.heap[b] = left;
  }
}
