/**
 * Who may call now: a branch has at most so many calls in flight, and hedges wait until nobody else does. What nobody waits for
 * borrows a slot that is not needed, and loses it to whoever needs one.
 */

/** A call that nobody waits for. */
export interface Loan {
  /** There is a slot for it. */
  begin(): void;
  /** The slot is needed: the call is over. Not called for what has not begun. */
  reclaim(): void;
}

export class Slots {
  private free: number;
  private readonly first: (() => void)[] = [];
  private readonly hedges: (() => void)[] = [];
  private readonly waiting = new Set<Loan>();
  private readonly lent = new Set<Loan>();

  constructor(slots: number) {
    this.free = slots;
  }

  get full(): boolean {
    return this.free === 0 && this.lent.size === 0;
  }

  /** Runs `start` when there is a slot, which is now where one is free. It holds the slot until `leave` is called. */
  enter(hedge: boolean, start: () => void): void {
    const [loan] = this.lent;
    if (this.free === 0 && loan !== undefined) {
      this.lent.delete(loan);
      loan.reclaim();
      start();
      return;
    }
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
    if (next !== undefined) {
      next();
      return;
    }
    this.free += 1;
    const [loan] = this.waiting;
    if (loan === undefined) return;
    this.waiting.delete(loan);
    this.lend(loan);
  }

  /** Lends a slot, now or when one is free that nobody else waits for. `giveBack` is to be called when the call has ended. */
  lend(loan: Loan): void {
    if (this.free === 0) {
      this.waiting.add(loan);
      return;
    }
    this.free -= 1;
    this.lent.add(loan);
    loan.begin();
  }

  giveBack(loan: Loan): void {
    if (this.lent.delete(loan)) this.leave();
  }
}
