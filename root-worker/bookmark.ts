/** Bookmarks: what a write answers, and a read may carry to see at least that write. */
import { z } from "@hono/zod-openapi";
import { decodeToken, encodeToken } from "./base64url.ts";
import { Problem } from "./problem.ts";

export interface Bookmark {
  collection: string;
  /** The sequence that each shard written to had reached. */
  sequences: ReadonlyMap<number, number>;
}

const Encoded = z.strictObject({
  c: z.string(),
  s: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
});

export function encodeBookmark({ collection, sequences }: Bookmark): string {
  return encodeToken({ c: collection, s: [...sequences] } satisfies z.input<typeof Encoded>);
}

/** A bookmark of this collection, or a problem that says what is wrong with it. */
export function decodeBookmark(text: string, collection: string): Bookmark {
  const parsed = Encoded.safeParse(decodeToken(text));
  if (!parsed.success) throw new Problem("invalid-bookmark", "This is not a bookmark that a write answered.");
  if (parsed.data.c !== collection)
    throw new Problem("invalid-bookmark", "The bookmark is of another collection.");
  return { collection, sequences: new Map(parsed.data.s) };
}
