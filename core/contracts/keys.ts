/** API keys as they are kept, and cross from the Catalog to the root. */
import type { Result } from "../errors.ts";

/** What a key may be allowed to do: on which kind of thing, and what. */
export const SCOPES = [
  "documents:search",
  "documents:read",
  "documents:write",
  "collections:read",
  "collections:write",
  "topics:publish",
  "topics:read",
  "topics:write",
  "pipelines:read",
  "pipelines:write",
  "pipelines:run",
  "functions:read",
  "functions:write",
  "functions:run",
  "dead-letters:read",
  "dead-letters:write",
  "identity:read",
  "identity:write",
  "operation:read",
  "operation:write",
  "keys:read",
  "keys:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** A deployment's keys are one list, which every root has in memory: at some 400 bytes each, less than half a megabyte. */
export const KEYS_MAX = 1_000;

/** A key without the key itself, of which there is a hash alone. */
export interface KeyRecord {
  /** A ULID. */
  id: string;
  name: string;
  /** Scopes, `<resource>:*` or `*`. */
  scopes: string[];
  /** Names of collections, with a `*` at the end those that begin so; absent: all. */
  collections?: string[];
  /** Likewise of topics. */
  topics?: string[];
  createdAt: string;
  /** From then on it is good for nothing; absent: it does not expire. */
  expiresAt?: string;
  /** SHA-256 of the whole key, in hex. A key has 256 bits of chance, so nothing slower is needed. */
  hash: string;
}

/** All keys, as of a revision. */
export interface KeyList {
  revision: number;
  keys: KeyRecord[];
}

/** The keys' part of the Catalog. */
export interface KeyCatalogApi {
  /** All of them; null: nothing has changed since that revision. */
  getKeys(since?: number): Promise<KeyList | null>;
  /** Keeps a key; one of that id stays as it is. `conflict`: there are as many as there may be. */
  addKey(key: KeyRecord): Promise<Result<{ key: KeyRecord }>>;
  /** `not-found` when there is none of that id. */
  deleteKey(id: string): Promise<Result<object>>;
}
