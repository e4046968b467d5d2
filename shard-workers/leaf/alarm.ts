/** A Durable Object has one alarm, and a leaf several uses for it: whatever is due is looked after whenever it comes. */

export class Alarm {
  private readonly storage: Pick<DurableObjectStorage, "setAlarm">;
  /** When it comes. Unknown after a start: then the next that is set may move it, which delays a duty and forgets none. */
  private at: number | undefined;

  constructor(storage: Pick<DurableObjectStorage, "setAlarm">) {
    this.storage = storage;
  }

  /**
   * Has the alarm come at this time (in ms) or before. Begun in the turn of a write, it is durable with it. Setting an alarm is a
   * row written, so one that comes early enough is left alone.
   */
  async by(timeMs: number): Promise<void> {
    if (this.at !== undefined && this.at <= timeMs) return;
    this.at = timeMs;
    await this.storage.setAlarm(timeMs);
  }

  /** It has come. */
  rang(): void {
    this.at = undefined;
  }
}
