/** Audit events: who did what, when, from where. They are published on a topic, and kept in `_events`. They hold no code and no secret. */
import { ulid } from "ulidx";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { JsonObject } from "../../../core/document/values.ts";

export const AUDIT_TOPIC = "identity.audit";

/** The source of every event that the identity Worker makes. */
export const IDENTITY_SOURCE = "/v1/identity";

export interface Audit {
  /** What was done, as `challenge.verified`. The event's type is this after `identity.`. */
  action: string;
  /** Who: the account, or the address that signs up. */
  subject: string;
  /** From where: the network address of whoever did it, as far as it is known. */
  address?: string | undefined;
  /** Why it was refused, and what else there is to say. No code, no secret, no token. */
  details?: JsonObject;
}

export function auditEvent({ action, subject, address, details }: Audit, now: number): CloudEvent {
  return {
    specversion: "1.0",
    id: ulid(now),
    source: IDENTITY_SOURCE,
    type: `identity.${action}`,
    subject,
    time: new Date(now).toISOString(),
    datacontenttype: "application/json",
    data: { action, subject, ...(address === undefined ? {} : { address }), ...details },
  };
}
