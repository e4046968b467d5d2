/** What the work on accounts stands on: their tables, the outbox in the same storage, the deployment's keys, the time. */
import type { KeyRing } from "../keys/key-ring.ts";
import { REFUSALS_AUDITED } from "../limits/policies.ts";
import { AUDIT_TOPIC, auditEvent, type Audit } from "../outbox/audit.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { AccountHash } from "./account-name.ts";
import type { AccountStore } from "./store.ts";

export interface Desk {
  store: AccountStore;
  outbox: Outbox;
  ring: KeyRing;
  now: () => number;
}

/** Within the transaction of what it tells of. */
export function audit({ outbox }: Desk, step: Audit, now: number): void {
  outbox.add(AUDIT_TOPIC, auditEvent(step, now));
}

/** For what is refused before it is looked at, and can therefore come in any number: some of each account's are told. */
export function auditRefusal(desk: Desk, account: AccountHash, step: Audit, now: number): void {
  if (desk.store.take(account, REFUSALS_AUDITED, "", now).allowed) audit(desk, step, now);
}
