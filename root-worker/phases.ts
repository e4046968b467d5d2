/** How long the phases of a request take, for `Server-Timing` (W3C Server Timing). */

export class Phases {
  private readonly tookMs = new Map<string, number>();

  /** Runs a phase. One that runs several times is added up. */
  async time<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    const startedAt = Date.now();
    try {
      return await run();
    } finally {
      this.tookMs.set(name, (this.tookMs.get(name) ?? 0) + Date.now() - startedAt);
    }
  }

  /** The header's value, in the order in which phases first ended; "" when there were none. */
  header(): string {
    return Array.from(this.tookMs, ([name, ms]) => `${name};dur=${ms}`).join(", ");
  }
}
