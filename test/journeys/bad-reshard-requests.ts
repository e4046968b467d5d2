/** Requests about resharding that must be refused, by a platform whose one collection is `things` with two shards. */
import type { BadRequest } from "./bad-requests.ts";

const PATH = "/v1/collections/things/reshard";
const RESHARD = { method: "POST", path: PATH };
const INVALID = { ...RESHARD, status: 400, code: "invalid-request" };

export const BAD_RESHARD_REQUESTS: BadRequest[] = [
  { what: "resharding to no shard", ...INVALID, body: { shards: 0 }, names: "shards" },
  { what: "resharding beyond the limit", ...INVALID, body: { shards: 187 }, names: "shards" },
  { what: "resharding to half a shard", ...INVALID, body: { shards: 2.5 }, names: "shards" },
  { what: "resharding without a number", ...INVALID, body: {}, names: "shards" },
  {
    what: "resharding with more than a number",
    ...INVALID,
    body: { shards: 5, replicas: 2 },
    names: "replicas",
  },
  {
    what: "resharding what is the platform's",
    ...INVALID,
    path: "/v1/collections/_mailbox/reshard",
    body: { shards: 5 },
  },
  {
    what: "resharding to as many shards as there are",
    ...RESHARD,
    body: { shards: 2 },
    status: 409,
    code: "conflict",
  },
  {
    what: "resharding what is not there",
    ...RESHARD,
    path: "/v1/collections/none/reshard",
    body: { shards: 5 },
    status: 404,
    code: "unknown-collection",
  },
  { what: "a resharding that never was", method: "GET", path: PATH, status: 404, code: "not-found" },
  { what: "pausing nothing", method: "POST", path: `${PATH}/pause`, status: 409, code: "conflict" },
  { what: "resuming nothing", method: "POST", path: `${PATH}/resume`, status: 409, code: "conflict" },
  { what: "undoing nothing", method: "POST", path: `${PATH}/undo`, status: 409, code: "conflict" },
];
