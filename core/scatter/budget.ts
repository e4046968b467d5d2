/**
 * A token bucket that is filled by requests and not by time: what is taken from it never is more than a share of the
 * requests, plus one burst, whatever the load (Dean and Barroso, "The Tail at Scale", 2013; Finagle's RetryBudget).
 */
export class Budget {
  private tokens: number;
  private readonly share: number;
  private burst: number;

  /** `share`: tokens that a request brings. `burst`: tokens that are there at first, and the most that are kept. */
  constructor(share: number, burst: number) {
    this.share = share;
    this.burst = burst;
    this.tokens = burst;
  }

  /** One more that may need a token at the same time as all others: it brings one, and room for one. */
  widen(): void {
    this.burst += 1;
    this.tokens += 1;
  }

  /** Tokens that there are, parts of one included. */
  get left(): number {
    return this.tokens;
  }

  /** Counts a request. */
  earn(): void {
    this.tokens = Math.min(this.burst, this.tokens + this.share);
  }

  /** Takes a token if there is one and `reserve` more are left for whoever needs them more. */
  take(reserve = 0): boolean {
    if (this.tokens < 1 + reserve) return false;
    this.tokens -= 1;
    return true;
  }
}
