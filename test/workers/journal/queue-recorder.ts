/**
 * Takes the place of the pipelines behind the queue: keeps what the journal sends, so that a test can look at
 * it, and confirms nothing.
 */
import { WorkerEntrypoint } from "cloudflare:workers";

const bodies: unknown[] = [];

/** The tests' way to what came off the queue. */
export class QueueRecorder extends WorkerEntrypoint {
  /** The bodies of all messages since the last call, in the order in which they came. */
  take(): unknown[] {
    return bodies.splice(0);
  }
}

export default {
  queue(batch: MessageBatch): void {
    bodies.push(...batch.messages.map((message) => message.body));
    batch.ackAll();
  },
} satisfies ExportedHandler;
