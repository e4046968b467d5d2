/** The work on accounts inside a Durable Object, at a time and under keys that the test chooses, with what it would publish. */
import { runInDurableObject } from "cloudflare:test";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { isObject } from "../../../core/document/values.ts";
import type { Result } from "../../../core/errors.ts";
import { accountHash } from "../../../decorators/identity/accounts/account-name.ts";
import type { Desk } from "../../../decorators/identity/accounts/desk.ts";
import { AccountStore } from "../../../decorators/identity/accounts/store.ts";
import { answerChallenge, type Verified } from "../../../decorators/identity/challenges/answer.ts";
import { normalizeCode } from "../../../decorators/identity/challenges/codes.ts";
import { openChallenge } from "../../../decorators/identity/challenges/open.ts";
import { parseKeyRing } from "../../../decorators/identity/keys/key-ring.ts";
import { networkOf } from "../../../decorators/identity/limits/network.ts";
import { Outbox } from "../../../decorators/identity/outbox/outbox.ts";
import { beginEnrollment, confirmEnrollment } from "../../../decorators/identity/totp/enroll.ts";
import { codeOf, stepAt } from "../../../decorators/identity/totp/one-time-codes.ts";
import { Secret } from "otpauth";
import { workerUnderTest } from "../under-test.ts";

const { env } = workerUnderTest<IdentityBindings, typeof import("../../../decorators/identity/index.ts")>();

const KEYS: Record<string, string> = { old: "A", new: "B" };

/** A ring of keys by their ids, the current one first. */
export function ringOf(...ids: string[]): Desk["ring"] {
  const ring = parseKeyRing(ids.map((id) => `${id}:${(KEYS[id] ?? "C").repeat(42)}A`).join());
  if (ring === undefined) throw new Error("it is well-formed");
  return ring;
}

export interface Challenge {
  account: string;
  nonce: string;
  /** What was sent. */
  sent: string;
}

export interface Work {
  desk: Desk;
  sql: SqlStorage;
  /** The time, which stands still until the test moves it. */
  clock: { now: number };
  /** What the outbox holds, of a topic. */
  published: (topic: string) => CloudEvent[];
  open: (account: string, address?: string) => Promise<Challenge>;
  answer: (challenge: Challenge, code: string, address?: string) => Promise<Result<Verified>>;
  /** An authenticator that counts; its codes by steps from now. */
  authenticator: (
    account: string,
  ) => Promise<{ id: string; recoveryCodes: string[]; code: (steps: number) => string }>;
}

export const ADDRESS = "203.0.113.1";

export async function atDesk(
  test: (work: Work) => Promise<void>,
  wrap: (storage: DurableObjectStorage) => DurableObjectStorage = (storage) => storage,
): Promise<void> {
  await runInDurableObject(env.ACCOUNTS.getByName("at-desk"), (_, { storage }) =>
    test(workOn(wrap(storage))),
  );
}

function workOn(storage: DurableObjectStorage): Work {
  const clock = { now: Date.UTC(2026, 10, 25, 12) };
  const store = new AccountStore(storage);
  const outbox = new Outbox(storage.sql, async () => {
    throw new Error("nothing is published here");
  });
  const desk: Desk = { store, outbox, ring: ringOf("old"), now: () => clock.now };
  const published = (topic: string) =>
    storage.sql
      .exec<{ event: string }>("SELECT event FROM outbox WHERE topic = ? ORDER BY id", topic)
      .toArray()
      .map(({ event }) => JSON.parse(event) as CloudEvent);

  return {
    desk,
    sql: storage.sql,
    clock,
    published,
    async open(name, address = ADDRESS) {
      const account = await accountHash(name);
      const network = networkOf(address);
      const opened = await openChallenge(desk, { account, name, purpose: "login", network, address });
      if (!opened.ok) throw new Error(opened.code);
      const data = published("identity.challenge").at(-1)?.data;
      return { account, nonce: opened.nonce, sent: String(isObject(data) ? data["code"] : undefined) };
    },
    answer({ account, nonce }, code, address = ADDRESS) {
      const network = networkOf(address);
      return answerChallenge(desk, { account, nonce, code: normalizeCode(code), network, address });
    },
    async authenticator(name) {
      const account = await accountHash(name);
      const from = { label: undefined, issuer: "Umbel", address: undefined };
      const begun = await beginEnrollment(desk, { account, name, ...from });
      if (!begun.ok) throw new Error(begun.code);
      const secret = Uint8Array.from(Secret.fromBase32(begun.secret).bytes);
      const code = (steps: number) => codeOf(secret, stepAt(clock.now) + steps);
      const confirmed = await confirmEnrollment(desk, begun.enrollment, {
        code: code(0),
        address: undefined,
      });
      if (!confirmed.ok) throw new Error(confirmed.code);
      return { id: begun.enrollment, recoveryCodes: begun.recoveryCodes, code };
    },
  };
}

/** What an answer came to: the way in which it was right, or the code of the problem. */
export function outcomeOf(answer: Result<Verified>): string {
  return answer.ok ? answer.method : answer.code;
}
