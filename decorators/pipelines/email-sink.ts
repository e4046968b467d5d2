/**
 * Delivers events as e-mails: by the binding `send_email` where the deployment has one and a sender, else into the platform's collection
 * `_mailbox`, where they can be looked at.
 */
import { withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type { EmailSink } from "../../core/contracts/pipelines.ts";
import { MAILBOX } from "../../core/platform-collections.ts";
import { writeDocuments, type Prepare, type SinkServices } from "./collection-sink.ts";
import { emailOf, mimeMessage } from "./email-message.ts";
import type { Outcome } from "./outcome.ts";
import { ownDocument, ownId } from "./own-documents.ts";
import type { Parcel } from "./work.ts";

/** Sends one message, and throws when it is not taken. */
export type SendEmail = (message: { from: string; to: string; raw: string }) => Promise<void>;

export interface EmailServices extends SinkServices {
  now: () => number;
  /** Absent: none is sent, and all are kept. */
  email?: { from: string; send: SendEmail };
}

/** An outcome for each parcel, in their order. Never rejects. */
export async function deliverByEmail(
  services: EmailServices,
  sink: EmailSink,
  parcels: readonly Parcel[],
): Promise<Outcome[]> {
  const { email } = services;
  if (email === undefined)
    return writeDocuments(
      services,
      MAILBOX,
      parcels.map((each) => kept(sink, each, services.now())),
    );
  const outcomes: Outcome[] = [];
  for (const parcel of parcels) outcomes.push(await send(email, sink, parcel, services.now()));
  return outcomes;
}

async function send(
  { from, send: sendEmail }: NonNullable<EmailServices["email"]>,
  sink: EmailSink,
  parcel: Parcel,
  now: number,
): Promise<Outcome> {
  const message = emailOf(sink, withoutPlatformAttributes(parcel.event));
  const domain = from.slice(from.indexOf("@") + 1);
  try {
    for (const to of sink.to) {
      const messageId = `${ownId(parcel.work, parcel.part)}@${domain}`;
      await sendEmail({ from, to, raw: mimeMessage(message, { from, to, messageId, date: new Date(now) }) });
    }
    return { kind: "delivered" };
  } catch (error) {
    const why = error instanceof Error ? error.message : "it was not taken";
    return { kind: "failed", error: `The e-mail could not be sent: ${why}` };
  }
}

function kept(sink: EmailSink, { event, work, part }: Parcel, now: number): Prepare {
  const { topic, pipeline } = work;
  return ownDocument(ownId(work, part), {
    topic,
    pipeline,
    ...emailOf(sink, withoutPlatformAttributes(event)),
    sentAt: new Date(now).toISOString(),
  });
}
