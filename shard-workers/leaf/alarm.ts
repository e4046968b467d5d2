/** A Durable Object has one alarm, and a leaf several uses for it: whatever is due is looked after whenever it comes. */
import type { ObjectUsage } from "../../core/metrics/object-usage.ts";

export class Alarm {
  private readonly storage: Pick<DurableObjectStorage, "setAlarm">;
  /** When it comes. Unknown after a start: then the next that is set may move it, which delays a duty and forgets none. */
  private at: number | undefined;

  private readonly usage: Pick<ObjectUsage, "rows">;

  constructor(storage: Pick<DurableObjectStorage, "setAlarm">, usage: Pick<ObjectUsage, "rows">) {
    this.storage = storage;
    this.usage = usage;
  }

  /**
   * Has the alarm come at this time (in ms) or before. Begun in the turn of a write, it is durable with it. Setting an alarm is a
   * row written, so one that comes early enough is left alone.
   */
  async by(timeMs: number): Promise<void> {
    if (this.at !== undefined && this.at <= timeMs) return;
    this.at = timeMs;
    this.usage.rows(0, 1);
    await this.storage.setAlarm(timeMs);
  }

  /** It has come. */
  rang(): void {
    this.at = undefined;
  }
}
