/** What the bearer of a key may do. Pure. */
import type { FieldError } from "../../core/errors.ts";
import { SCOPES, type KeyRecord, type Scope } from "../../core/contracts/keys.ts";

export interface Grant {
  scopes: ReadonlySet<Scope>;
  /** Names, with a `*` at the end those that begin so; absent: all. */
  collections?: readonly string[];
  topics?: readonly string[];
  /** In epoch ms; absent: it does not expire. */
  expiresAt?: number;
  /** Who bears it, to tell keys apart. */
  keyId: string;
}

/** What the first key, `UMBEL_ADMIN_KEY`, may: everything. */
export const EVERYTHING: Grant = { scopes: new Set(SCOPES), keyId: "admin" };

/**
 * Scopes that a key may have which is limited to some collections or topics: all their requests name the collection or the topic that they are about,
 * and reach no other.
 */
const LIMITABLE: ReadonlySet<Scope> = new Set<Scope>([
  "documents:search",
  "documents:read",
  "documents:write",
  "collections:read",
  "collections:write",
  "topics:publish",
  "topics:read",
  "topics:write",
  "functions:run",
]);

type Limits = Pick<Grant, "collections" | "topics">;

/** What a key is granted. */
export function grantOf({ id, scopes, collections, topics, expiresAt }: KeyRecord): Grant {
  return {
    scopes: new Set(scopes.flatMap(scopesOf)),
    ...(collections === undefined ? {} : { collections }),
    ...(topics === undefined ? {} : { topics }),
    ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
    keyId: id,
  };
}

/** What may be granted by one word: a scope, all of a kind of thing, or all. */
export const GRANTABLE: readonly string[] = [
  "*",
  ...new Set(SCOPES.map((scope) => `${scope.split(":")[0]}:*`)),
  ...SCOPES,
];

/** The scopes that a word stands for. */
export function scopesOf(word: string): Scope[] {
  if (!word.endsWith("*")) return SCOPES.filter((scope) => scope === word);
  return SCOPES.filter((scope) => scope.startsWith(word.slice(0, -1)));
}

/** Whether a word stands for scopes none of which a key with limits can use. */
export function isBeyondLimits(word: string): boolean {
  return !scopesOf(word).some((scope) => LIMITABLE.has(scope));
}

export function isLimited({ collections, topics }: Limits): boolean {
  return collections !== undefined || topics !== undefined;
}

/** A request, as far as keys go. */
export interface Asked {
  /** All of them are needed. */
  scopes: readonly Scope[];
  collection?: string | undefined;
  topic?: string | undefined;
  /** Its answer leaves out what the key may not see. */
  narrows?: boolean | undefined;
}

/** Why a request is beyond a key, or undefined when it is not. */
export function refusalOf(grant: Grant, { scopes, collection, topic, narrows }: Asked): string | undefined {
  const missing = scopes.filter((scope) => !grant.scopes.has(scope));
  if (missing.length > 0) return `The key lacks the scope ${missing.join(" and ")}.`;
  if (!isLimited(grant) || narrows === true) return undefined;
  if (collection !== undefined) {
    return includes(grant.collections, collection)
      ? undefined
      : `The key is not for the collection "${collection}".`;
  }
  if (topic !== undefined)
    return includes(grant.topics, topic) ? undefined : `The key is not for the topic "${topic}".`;
  return "The key is for some collections or topics alone, and this is of none.";
}

/** Whether a key may see a collection. */
export function maySee({ collections }: Pick<Grant, "collections">, collection: string): boolean {
  return includes(collections, collection);
}

function includes(names: readonly string[] | undefined, name: string): boolean {
  return (
    names === undefined ||
    names.some((own) => (own.endsWith("*") ? name.startsWith(own.slice(0, -1)) : own === name))
  );
}

/** What a key can't grant of that, or undefined when it can: what it may itself, and no longer. */
export function tooMuch(
  grant: Grant,
  { scopes, expiresAt }: Pick<KeyRecord, "scopes" | "expiresAt">,
): FieldError | undefined {
  const more = scopes.flatMap(scopesOf).filter((scope) => !grant.scopes.has(scope));
  if (more.length > 0) {
    const message = `The key can't grant what it may not do itself: ${[...new Set(more)].join(", ")}.`;
    return { path: "scopes", message };
  }
  if (grant.expiresAt === undefined) return undefined;
  const ends = expiresAt === undefined ? Infinity : Date.parse(expiresAt);
  if (ends <= grant.expiresAt) return undefined;
  const until = new Date(grant.expiresAt).toISOString();
  return { path: "expiresAt", message: `The key can't grant for longer than it may itself: until ${until}.` };
}
