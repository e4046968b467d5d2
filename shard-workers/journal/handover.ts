/**
 * Hands events to the queue, one send at a time. What comes in while a send is under way goes out with the next, so
 * that under load messages fill up by themselves. Nothing here is durable: what is lost comes again with its lease.
 */
import { PENDING_BYTES_MAX } from "./limits.ts";
import { packMessages, packSends, type PackedMessage, type Parcel } from "./pack.ts";

/** Puts messages of one send on the queue. */
export type Send = (messages: readonly PackedMessage[]) => Promise<void>;

export class Handover {
  private readonly send: Send;
  private pending: Parcel[] = [];
  private pendingBytes = 0;
  private sending: Promise<void> = Promise.resolve();
  private isSending = false;

  constructor(send: Send) {
    this.send = send;
  }

  /**
   * Takes parcels as far as there is room; the rest waits for its lease. The promise, which never rejects, is
   * fulfilled when everything that was taken so far is on the queue or has failed to get there.
   */
  offer(topic: string, parcels: readonly Parcel[]): Promise<void> {
    for (const parcel of parcels) {
      if (this.pendingBytes + parcel.bytes > PENDING_BYTES_MAX) break;
      this.pending.push(parcel);
      this.pendingBytes += parcel.bytes;
    }
    if (!this.isSending) this.sending = this.sendPending(topic);
    return this.sending;
  }

  private async sendPending(topic: string): Promise<void> {
    this.isSending = true;
    while (this.pending.length > 0) {
      const parcels = this.pending;
      this.pending = [];
      this.pendingBytes = 0;
      for (const messages of packSends(packMessages(topic, parcels))) {
        try {
          await this.send(messages);
        } catch (error) {
          const failed = {
            event: "queue-send-failed",
            topic,
            messages: messages.length,
            error: String(error),
          };
          console.error(JSON.stringify(failed));
        }
      }
    }
    // In the same turn as the loop's last look, so that nothing is taken in between and left lying.
    this.isSending = false;
  }
}
