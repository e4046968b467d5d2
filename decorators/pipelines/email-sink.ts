/**
 * Delivers events as e-mails: by the binding `send_email` where the deployment has one and a sender, else into the platform's collection
 * `_mailbox`, where they can be looked at.
 *
 * Between a message that was taken and the confirmation of its event anything may end, and nobody else can be asked whether it was taken: a
 * message is sent at least once, or at most once, and its sink says which (`once`). In `_mailbox` it is there once in any case.
 */
import { withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type { EmailSink } from "../../core/contracts/pipelines.ts";
import { MAILBOX } from "../../core/platform-collections.ts";
import { writeDocuments, type Prepare, type SinkServices } from "./collection-sink.ts";
import { emailOf, mimeMessage, type Email } from "./email-message.ts";
import type { Outcome } from "./outcome.ts";
import { ownDocument, ownId } from "./own-documents.ts";
import type { Parcel } from "./work.ts";

/** Sends one message, and throws when it is not taken. */
export type SendEmail = (message: { from: string; to: string; raw: string }) => Promise<void>;

/** What is remembered of messages that are sent once. Both throw where it can't be had. */
export interface SentOnce {
  /** Whether to send a message: nobody has begun to. From then on `owner` has. */
  begin(message: string, owner: string): Promise<boolean>;
  /** It was refused: it may be begun again. */
  giveUp(message: string, owner: string): Promise<void>;
}

export interface EmailServices extends SinkServices {
  now: () => number;
  sentOnce: SentOnce;
  /** Absent: none is sent, and all are kept. */
  email?: { from: string; send: SendEmail };
}

/** An outcome for each parcel, in their order. Never rejects. */
export async function deliverByEmail(
  services: EmailServices,
  sink: EmailSink,
  parcels: readonly Parcel[],
): Promise<Outcome[]> {
  const { email: binding, now } = services;
  const outcomes: Outcome[] = [];
  const kept: { at: number; prepare: Prepare }[] = [];
  for (const [at, parcel] of parcels.entries()) {
    const made = emailOf(sink, withoutPlatformAttributes(parcel.event));
    const id = messageIdOf(sink, parcel);
    if ("problem" in made) outcomes[at] = { kind: "rejected", error: made.problem };
    else if (binding === undefined) kept.push({ at, prepare: keep(id, made.email, parcel, now()) });
    else {
      const message = { ...binding, email: made.email, id, now: now() };
      outcomes[at] = await sendToAll(message, sink.once === true ? services.sentOnce : undefined);
    }
  }
  const written = await writeDocuments(
    services,
    MAILBOX,
    kept.map(({ prepare }) => prepare),
  );
  for (const [n, { at }] of kept.entries()) outcomes[at] = written[n] ?? unanswered();
  return parcels.map((_, at) => outcomes[at] ?? unanswered());
}

interface Message {
  from: string;
  send: SendEmail;
  email: Email;
  id: string;
  now: number;
}

async function sendToAll(message: Message, once: SentOnce | undefined): Promise<Outcome> {
  for (const to of message.email.to) {
    const outcome = once === undefined ? await send(message, to) : await sendOnce(message, to, once);
    if (outcome.kind !== "delivered") return outcome;
  }
  return { kind: "delivered" };
}

async function send({ from, send: sendEmail, email, id, now }: Message, to: string): Promise<Outcome> {
  // RFC 6531 lets others be, and the binding's mail servers don't.
  if (/[^\x20-\x7e]/.test(to))
    return { kind: "rejected", error: "Mail can be sent to addresses in ASCII alone." };
  const domain = from.slice(from.indexOf("@") + 1);
  const raw = mimeMessage(email, { from, to, messageId: `${id}@${domain}`, date: new Date(now) });
  try {
    await sendEmail({ from, to, raw });
    return { kind: "delivered" };
  } catch (error) {
    const why = error instanceof Error ? error.message : "it was not taken";
    return { kind: "failed", error: `The e-mail could not be sent: ${why}` };
  }
}

/**
 * That it is begun is written down before it is sent: a run that ends in between leaves it at that, and the message may be lost, but is not
 * sent twice. Where the binding refuses it, the next run may try.
 */
async function sendOnce(message: Message, to: string, once: SentOnce): Promise<Outcome> {
  const key = JSON.stringify([message.id, to]);
  const owner = crypto.randomUUID();
  try {
    if (!(await once.begin(key, owner))) return { kind: "delivered" };
    const outcome = await send(message, to);
    if (outcome.kind !== "delivered") await once.giveUp(key, owner);
    return outcome;
  } catch (error) {
    console.error(JSON.stringify({ event: "sent-once-failed", error: String(error) }));
    return { kind: "waiting", error: "Whether the e-mail was sent before could not be told." };
  }
}

/** The same at every run; of what is sent once, also in a replay. */
function messageIdOf({ once }: EmailSink, { work, part }: Parcel): string {
  const { handed } = work;
  return ownId(once === true ? { ...work, handed: { ...handed, ...handed.first } } : work, part);
}

function keep(id: string, email: Email, { work: { topic, pipeline } }: Parcel, now: number): Prepare {
  return ownDocument(id, { topic, pipeline, ...email, sentAt: new Date(now).toISOString() });
}

function unanswered(): Outcome {
  return { kind: "failed", error: "The sink did not answer." };
}
