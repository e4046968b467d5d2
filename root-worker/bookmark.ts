/**
 * Bookmarks: what a write answers, and a read may carry to see at least that write. A bookmark is signed, since replicas wait
 * for what it names.
 */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Collection } from "../core/collection.ts";
import type { App, RootEnv } from "./app.ts";
import { decodeToken, encodeToken } from "./base64url.ts";
import { findCollection, forgetCollection } from "./catalog-cache.ts";
import { Problem } from "./problem.ts";
import { isSigned, sign } from "./signature.ts";

export interface Bookmark {
  /** The collection's id, and its epoch as it was written to. */
  collection: string;
  epoch: number;
  /** The sequence that each shard written to had reached. */
  sequences: ReadonlyMap<number, number>;
}

const natural = z.int().nonnegative();
const Encoded = z.strictObject({
  c: z.string(),
  e: natural,
  s: z.array(z.tuple([natural, natural])),
  /** The signature over the rest. */
  mac: z.string(),
});

/** `secret` is known to every root Worker of the deployment. */
export async function encodeBookmark(bookmark: Bookmark, secret: string): Promise<string> {
  const content = { c: bookmark.collection, e: bookmark.epoch, s: [...bookmark.sequences] };
  return encodeToken({ ...content, mac: await sign("bookmark", content, secret) } satisfies z.input<
    typeof Encoded
  >);
}

/** What a bookmark names, or a problem when no write answered it. */
export async function decodeBookmark(text: string, secret: string): Promise<Bookmark> {
  const parsed = Encoded.safeParse(decodeToken(text));
  if (!parsed.success) throw new Problem("invalid-bookmark", "This is not a bookmark that a write answered.");
  const { mac, ...content } = parsed.data;
  if (!(await isSigned("bookmark", content, mac, secret))) {
    throw new Problem("invalid-bookmark", "The bookmark has been changed.");
  }
  return { collection: content.c, epoch: content.e, sequences: new Map(content.s) };
}

/** The collection of a name, for a read that must see what a bookmark names; a problem when there is none, or it is of another. */
export async function collectionToRead(
  c: Context<App>,
  name: string,
  bookmark: string | undefined,
): Promise<Collection> {
  const collection = await findCollection(c.env.CATALOG, name);
  if (bookmark === undefined) return collection;
  const named = await decodeBookmark(bookmark, bookmarkSecret(c.env));
  if (isOf(named, collection)) return seeing(collection, named);
  // What this isolate remembers of the collection may be older than the bookmark.
  forgetCollection(name);
  const current = await findCollection(c.env.CATALOG, name);
  if (isOf(named, current)) return seeing(current, named);
  throw new Problem(
    "invalid-bookmark",
    named.collection === current.id
      ? "The bookmark is of the future: the collection has not come so far."
      : "The bookmark is of another collection.",
  );
}

function isOf({ collection, epoch }: Bookmark, current: Collection): boolean {
  return collection === current.id && epoch <= current.epoch;
}

/** What was written to leaves that others have taken the place of, these have: their `floors` say so. */
function seeing(collection: Collection, { epoch, sequences }: Bookmark): Collection {
  if (epoch < (collection.since ?? 0)) return collection;
  return { ...collection, minSequences: Object.fromEntries(sequences) };
}

/** A root without a key answers no request that reads or writes, so there always is one. */
export function bookmarkSecret(env: RootEnv): string {
  return env.UMBEL_ADMIN_KEY ?? "";
}
