/** What accounts keep, as rows. Times are epoch milliseconds. */
import type { Sealed } from "../keys/seal.ts";
import type { AccountHash } from "./account-name.ts";

/** An account has at most one authenticator that counts, and one that waits to be confirmed. */
export type Slot = "confirmed" | "pending";

export interface EnrollmentRow {
  slot: Slot;
  account: AccountHash;
  /** 64 hexadecimal characters: the account's hash, and random ones. */
  id: string;
  name: string;
  label: string | null;
  createdAt: number;
  confirmedAt: number | null;
  /** Of one that is pending. */
  expiresAt: number | null;
  /** The authenticator's secrets. */
  sealed: Sealed;
  /** The last time step whose code was accepted. */
  lastStep: number;
  /** Wrong codes while it was pending. */
  tries: number;
  recovery: Uint8Array;
  /** Bit n: recovery code n was used. */
  used: number;
}

export type ChallengeState = "open" | "used" | "void";

export interface ChallengeRow {
  account: AccountHash;
  nonce: string;
  name: string;
  purpose: string;
  /** Whose next challenge voids this one. */
  network: string;
  /** The id of the key that hashed the code. */
  key: string;
  hash: Uint8Array;
  expiresAt: number;
  state: ChallengeState;
  /** Answers that were let through to be compared. */
  tries: number;
}
