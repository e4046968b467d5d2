/**
 * The ids of challenges: where the challenge is, sealed. So an id says nothing of the account, and one that was made up is refused before
 * any object is asked. Whoever has the id may answer, five times: it is 128 random bits, and is told to nobody but who opened it.
 */
import { base64url } from "jose";
import { toHex, type AccountHash } from "../accounts/account-name.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { seal, unseal } from "../keys/seal.ts";

const PLACE = "challenge-id";
const ACCOUNT_BYTES = 16;
const NONCE_BYTES = 16;

export interface ChallengePlace {
  account: AccountHash;
  /** Names it among the account's. */
  nonce: string;
}

export async function challengeId(ring: KeyRing, { account, nonce }: ChallengePlace): Promise<string> {
  const { key, bytes } = await seal(ring, PLACE, fromHex(account + nonce));
  return `${key}.${base64url.encode(bytes)}`;
}

/** Undefined for what is no id of this deployment, or of a key that is gone. */
export async function readChallengeId(ring: KeyRing, id: string): Promise<ChallengePlace | undefined> {
  const [, key, text] = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{80})$/.exec(id) ?? [];
  if (key === undefined || text === undefined) return undefined;
  const content = await unseal(ring, PLACE, { key, bytes: new Uint8Array(base64url.decode(text)) });
  if (content?.length !== ACCOUNT_BYTES + NONCE_BYTES) return undefined;
  return {
    account: toHex(content.subarray(0, ACCOUNT_BYTES)),
    nonce: toHex(content.subarray(ACCOUNT_BYTES)),
  };
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
