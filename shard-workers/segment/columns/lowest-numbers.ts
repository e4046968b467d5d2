/** The lowest k of a stream of numbers: what is above the k-th of them can't be among the first k. */
export class LowestNumbers {
  /** A binary heap whose root is the largest. */
  private readonly heap: Float64Array;
  private size = 0;
  /** The k-th lowest so far; infinite until there are as many. */
  bound = Infinity;

  constructor(k: number) {
    this.heap = new Float64Array(k);
    if (k === 0) this.bound = -Infinity;
  }

  push(value: number): void {
    const { heap } = this;
    if (this.size < heap.length) {
      this.siftUp(this.size++, value);
      if (this.size === heap.length) this.bound = heap[0] ?? Infinity;
    } else if (value < this.bound) {
      this.siftDown(value);
      this.bound = heap[0] ?? Infinity;
    }
  }

  private siftUp(start: number, value: number): void {
    const { heap } = this;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above >= value) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = value;
  }

  private siftDown(value: number): void {
    const { heap } = this;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] ?? 0) > (heap[child] ?? 0)) child++;
      if ((heap[child] ?? 0) <= value) break;
      heap[index] = heap[child] ?? 0;
      index = child;
    }
    heap[index] = value;
  }
}
