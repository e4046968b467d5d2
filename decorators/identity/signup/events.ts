/** The events that sign-ups make. They hold what the person said of themselves, and no token. */
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { Origin } from "../../../core/cloudevents/origin.ts";
import { withOrigin } from "../../../core/cloudevents/platform-attributes.ts";
import { SIGNUP_TOPIC, SIGNUPS_SOURCE, VERIFIED_TOPIC } from "../../../core/contracts/signups.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import type { Audit } from "../outbox/audit.ts";

/** Who signs up. */
export interface Person {
  /** Their id (`userIdOf`). */
  user: string;
  /** As they gave it. */
  email: string;
  /** As mail is sent to it. */
  address: string;
  /** What else they said. */
  profile: JsonObject;
}

export function signupEvent(
  signup: string,
  person: Person,
  { page, expiresAt, now, origin }: { page: string; expiresAt: number; now: number; origin: Origin },
): CloudEvent {
  const data = { ...personData(person), page, signedUpAt: iso(now), expiresAt: iso(expiresAt) };
  return withOrigin(event(signup, SIGNUP_TOPIC, person.user, data, now), origin);
}

export function verifiedEvent(
  signup: string,
  person: Person,
  { signedUpAt, now, origin }: { signedUpAt: number; now: number; origin: Origin },
): CloudEvent {
  const data = { ...personData(person), signedUpAt: iso(signedUpAt), verifiedAt: iso(now) };
  return withOrigin(event(signup, VERIFIED_TOPIC, person.user, data, now), origin);
}

/** `address` is the one that signs up, which is who did it as far as anybody knows. */
export function signupAudit(
  action: "requested" | "link-issued" | "verified" | "refused",
  signup: string,
  { address, ip, why }: { address: string; ip?: string | undefined; why?: string },
): Audit {
  return {
    action: `signup.${action}`,
    subject: address,
    address: ip,
    details: { signup, ...(why === undefined ? {} : { why }) },
  };
}

/** The person's own fields are behind those of the platform, which they therefore can't fill. */
function personData({ user, email, address, profile }: Person): JsonObject {
  return { ...profile, id: user, email, address };
}

function event(id: string, type: string, subject: string, data: JsonObject, now: number): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: SIGNUPS_SOURCE,
    type,
    subject,
    time: iso(now),
    datacontenttype: "application/json",
    data,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
