/** Who may call now: a branch has at most so many calls in flight, and hedges wait until nobody else does. */
export class Slots {
  private free: number;
  private readonly first: (() => void)[] = [];
  private readonly hedges: (() => void)[] = [];

  constructor(slots: number) {
    this.free = slots;
  }

  get full(): boolean {
    return this.free === 0;
  }

  /** Runs `start` when there is a slot, which is now where one is free. It holds the slot until `leave` is called. */
  enter(hedge: boolean, start: () => void): void {
    if (this.free === 0) {
      (hedge ? this.hedges : this.first).push(start);
      return;
    }
    this.free -= 1;
    start();
  }

  /** Gives a slot back; whoever waits for one gets it. */
  leave(): void {
    const next = this.first.shift() ?? this.hedges.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
