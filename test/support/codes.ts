/** The codes of challenges, as a pipeline delivers them to whoever sends them to people. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpClient } from "./http-client.ts";
import { startReceiver, type Receiver } from "./receiver.ts";

export interface DeliveredCode {
  account: string;
  purpose: string;
  code: string;
  expiresAt: string;
}

export interface Codes {
  /** All that came, in the order in which they did. */
  all(): DeliveredCode[];
  /** The codes for an account, once there are so many; the test's own time limit ends it when they don't come. */
  of(account: string, count?: number): Promise<string[]>;
  /** How the receiver answers from now on; at first it takes everything. What came before is forgotten. */
  answer(how: Receiver["answer"]): void;
}

/** Declares the pipeline `send-codes` from the topic of challenges to a webhook, and listens there. */
export async function receiveCodes(platform: HttpClient): Promise<Codes> {
  const receiver = await startReceiver();
  const { status, body } = await platform.json("PUT", "/v1/pipelines/send-codes", {
    topic: "identity.challenge",
    deliver: [{ webhook: { url: receiver.url, retryDelaysMs: [50, 50, 50] } }],
  });
  if (status !== 201) throw new Error(`the pipeline was not taken: ${JSON.stringify(body)}`);
  let from = 0;
  const all = () =>
    receiver.received.slice(from).map(({ body: text }) => (JSON.parse(text) as { data: DeliveredCode }).data);
  return {
    all,
    answer(how) {
      receiver.answer = how;
      from = receiver.received.length;
    },
    async of(account, count = 1) {
      for (;;) {
        const codes = all().filter((each) => each.account === account);
        if (codes.length >= count) return codes.map(({ code }) => code);
        await sleep(20);
      }
    },
  };
}

/** A code of the same length that is not this one. */
export function wrongCode(code: string, distance = 1): string {
  return String((Number(code) + distance) % 10 ** code.length).padStart(code.length, "0");
}
