/**
 * Cursors: the place in the order of hits after which the next page begins, and the statistics that the pages before were
 * ranked by. All pages are ranked by the first one's, so that a document which is not written in between is on exactly
 * one of them, whatever else is. A cursor belongs to one search, and is signed, since leaves believe what is in it.
 */
import { z } from "@hono/zod-openapi";
import type { Collection } from "../../core/collection.ts";
import type { SearchPlan, Statistics } from "../../core/contracts/search.ts";
import type { SortValue } from "../../core/query/sort.ts";
import { decodeToken, encodeToken } from "../base64url.ts";
import { Problem } from "../problem.ts";
import { isSigned, shortHex, sign } from "../signature.ts";
import type { SearchRequest } from "./request.ts";

/** Where a page begins. */
export interface Place extends NonNullable<SearchPlan["after"]> {
  /** As numbers, one after another; absent: scores do not matter to the order. */
  ranking?: number[];
}

const Encoded = z.strictObject({
  sort: z.array(z.union([z.number(), z.string(), z.boolean(), z.null()])),
  id: z.string(),
  ranking: z.array(z.number()).optional(),
  /** Which search it is of. */
  of: z.string(),
  /** The signature over the rest. */
  mac: z.string(),
});

const encoder = new TextEncoder();

/** The cursor of a place. `secret` is known to every root Worker of the deployment. */
export async function encodeCursor(
  place: { sort: SortValue[]; id: string; ranking?: number[] },
  request: SearchRequest,
  collection: Collection,
  secret: string,
): Promise<string> {
  const { sort, id, ranking } = place;
  const of = await searchDigest(request, collection);
  const content = { sort, id, ...(ranking === undefined ? {} : { ranking }), of };
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
  const { sort, id, ranking } = content;
  return { sort, id, ...(ranking === undefined ? {} : { ranking }) };
}

/** Statistics as a cursor carries them. */
export function statisticsToNumbers({ documents, fields, frequencies }: Statistics): number[] {
  return [documents, ...fields.flatMap((field) => [field.documents, field.length]), ...frequencies];
}

/** The statistics that a cursor carries, for a plan with so many fields and clauses; undefined: they are of another. */
export function numbersToStatistics(
  numbers: readonly number[],
  fields: number,
  clauses: number,
): Statistics | undefined {
  const [documents, ...rest] = numbers;
  if (documents === undefined || rest.length !== 2 * fields + clauses) return undefined;
  return {
    documents,
    fields: Array.from({ length: fields }, (_, index) => ({
      documents: rest[2 * index] ?? 0,
      length: rest[2 * index + 1] ?? 0,
    })),
    frequencies: rest.slice(2 * fields),
  };
}

/** What makes two pages pages of one search: everything that decides which hits there are, and their order. */
async function searchDigest(request: SearchRequest, collection: Collection): Promise<string> {
  const { q, operator, fields, filter, sort, routing } = request;
  const text = JSON.stringify([collection.id, q, operator, fields, filter, sort, routing]);
  return shortHex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}
