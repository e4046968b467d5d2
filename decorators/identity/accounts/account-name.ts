/** Where an account is: by its hash, which neither says the account nor depends on a key that may change. */

/**
 * Accounts share this many objects. An object an account would show which accounts exist: one that was used before answers faster than
 * one that is made. The number is for ever: it says where each account is.
 */
const OBJECTS = 256;

/** 128 bits of SHA-256, in hexadecimal: what stands for an account in ids and rows. */
export type AccountHash = string;

const HASH_BYTES = 16;

export async function accountHash(account: string): Promise<AccountHash> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`umbel/account\0${account}`));
  return toHex(new Uint8Array(digest, 0, HASH_BYTES));
}

/** The name of the object that has the account. */
export function objectOf(hash: AccountHash): string {
  return `accounts-${Number.parseInt(hash.slice(0, 4), 16) % OBJECTS}`;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)));
}
