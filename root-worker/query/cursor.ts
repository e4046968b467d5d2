/**
 * Cursors: the place in the order of hits after which the next page begins. A cursor belongs to one search, and is
 * signed, since leaves believe what is in it.
 */
import { z } from "@hono/zod-openapi";
import type { Collection } from "../../core/collection.ts";
import type { SearchPlan } from "../../core/contracts/search.ts";
import type { SortValue } from "../../core/query/sort.ts";
import { decodeToken, encodeToken } from "../base64url.ts";
import { Problem } from "../problem.ts";
import { isSigned, shortHex, sign } from "../signature.ts";
import type { SearchRequest } from "./request.ts";

export type Place = NonNullable<SearchPlan["after"]>;

const Encoded = z.strictObject({
  sort: z.array(z.union([z.number(), z.string(), z.boolean(), z.null()])),
  id: z.string(),
  /** Which search it is of. */
  of: z.string(),
  /** The signature over the rest. */
  mac: z.string(),
});

const encoder = new TextEncoder();

/** The cursor of a place. `secret` is known to every root Worker of the deployment. */
export async function encodeCursor(
  place: { sort: SortValue[]; id: string },
  request: SearchRequest,
  collection: Collection,
  secret: string,
): Promise<string> {
  const content = { sort: place.sort, id: place.id, of: await searchDigest(request, collection) };
  return encodeToken({ ...content, mac: await sign("cursor", content, secret) });
}

/** The place that a cursor names, or a problem when it is none of this search's. */
export async function decodeCursor(
  cursor: string,
  request: SearchRequest,
  collection: Collection,
  secret: string,
): Promise<Place> {
  const parsed = Encoded.safeParse(decodeToken(cursor));
  if (!parsed.success) throw new Problem("invalid-cursor", "This is not a cursor that a search answered.");
  const { mac, ...content } = parsed.data;
  if (!(await isSigned("cursor", content, mac, secret))) {
    throw new Problem("invalid-cursor", "The cursor has been changed.");
  }
  if (content.of !== (await searchDigest(request, collection))) {
    throw new Problem(
      "invalid-cursor",
      "The cursor is of another search: send what it came with, but for limit.",
    );
  }
  return { sort: content.sort, id: content.id };
}

/** What makes two pages pages of one search: everything that decides which hits there are, and their order. */
async function searchDigest(request: SearchRequest, collection: Collection): Promise<string> {
  const { q, operator, fields, filter, sort } = request;
  const text = JSON.stringify([collection.id, q, operator, fields, filter, sort]);
  return shortHex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}
