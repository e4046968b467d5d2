/** The decorators that come with Umbel. A new one is a file beside this, and a line here. */
import type { Decorator } from "../contract.ts";
import { convert } from "./convert.ts";
import { csv } from "./csv.ts";
import { date } from "./date.ts";
import { dedupe } from "./dedupe.ts";
import { defaults } from "./defaults.ts";
import { enrichTime } from "./enrich-time.ts";
import { fail } from "./fail.ts";
import { filter } from "./filter.ts";
import { fingerprint } from "./fingerprint.ts";
import { foreach } from "./foreach.ts";
import { geo } from "./geo.ts";
import { join } from "./join.ts";
import { jsonSchema } from "./json-schema.ts";
import { json } from "./json.ts";
import { lookup } from "./lookup.ts";
import { map } from "./map.ts";
import { pipeline } from "./pipeline.ts";
import { rateLimit } from "./rate-limit.ts";
import { redact } from "./redact.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import { replace } from "./replace.ts";
import { route } from "./route.ts";
import { sample } from "./sample.ts";
import { set } from "./set.ts";
import { sign } from "./sign.ts";
import { split } from "./split.ts";
import { trim } from "./trim.ts";
import { userAgent } from "./user-agent.ts";
import { verificationLink } from "./verification-link.ts";

/** In the order in which their documentation lists them: by name. */
export const BUILT_IN: readonly Decorator[] = [
  convert,
  csv,
  date,
  dedupe,
  defaults,
  enrichTime,
  fail,
  filter,
  fingerprint,
  foreach,
  geo,
  join,
  json,
  jsonSchema,
  lookup,
  map,
  pipeline,
  rateLimit,
  redact,
  remove,
  rename,
  replace,
  route,
  sample,
  set,
  sign,
  split,
  trim,
  userAgent,
  verificationLink,
];
