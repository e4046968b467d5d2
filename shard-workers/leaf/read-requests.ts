/** Reads that somebody may call off: which were, and who waits in vain. Bounded, since nobody says when a name is done with. */

/** Cancellations that have found no read yet. One that comes too late finds none ever, and is forgotten in its turn. */
const CANCELLED_MAX = 1_024;

export class ReadRequests {
  private readonly cancelled = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  /** Calls a read off. It may have been answered, or not have come yet. */
  cancel(requestId: string): void {
    const wake = this.waiting.get(requestId);
    this.cancelled.add(requestId);
    const [oldest] = this.cancelled;
    if (this.cancelled.size > CANCELLED_MAX && oldest !== undefined) this.cancelled.delete(oldest);
    wake?.();
  }

  /** Whether a read was called off; it is asked once. */
  takeCancelled(requestId: string | undefined): boolean {
    return requestId !== undefined && this.cancelled.delete(requestId);
  }

  /** Waits, and no longer than until the read is called off. */
  async wait(ms: number, requestId: string | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), ms);
    if (requestId !== undefined) this.waiting.set(requestId, () => resolve(undefined));
    await promise;
    clearTimeout(timer);
    if (requestId !== undefined) this.waiting.delete(requestId);
  }
}
