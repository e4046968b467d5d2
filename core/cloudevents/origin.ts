/**
 * Where a request came from, as the root Worker saw it: what the `geo` and `user-agent` decorators read. Cloudflare's
 * `request.cf` is known to the root alone, and steps run much later, in another Worker: what it said travels with
 * the event as the platform attribute `umbelorigin` (platform-attributes.ts) as far as the pipeline's first step.
 */
import { isObject } from "../document/values.ts";

/** Each is absent where nothing is known, as most of them are on a developer's machine. */
export interface Origin {
  /** The client's address: `CF-Connecting-IP`. */
  ip?: string;
  /** `User-Agent`, its first `USER_AGENT_CHARS_MAX` characters. */
  userAgent?: string;
  /** The rest is `request.cf`, under the names it has there (Workers: Request, IncomingRequestCfProperties). */
  continent?: string;
  country?: string;
  isEUCountry?: string;
  region?: string;
  regionCode?: string;
  city?: string;
  postalCode?: string;
  latitude?: string;
  longitude?: string;
  timezone?: string;
  asn?: number;
  asOrganization?: string;
  colo?: string;
}

const TEXTS_OF_CF = [
  "continent",
  "country",
  "isEUCountry",
  "region",
  "regionCode",
  "city",
  "postalCode",
  "latitude",
  "longitude",
  "timezone",
  "asOrganization",
  "colo",
] as const satisfies (keyof Origin)[];

/** Longer than those of real browsers; a sender can write what it likes, and every event of its request carries it. */
const USER_AGENT_CHARS_MAX = 512;

/** Names of places are short; what is longer is nothing that Cloudflare says. */
const TEXT_CHARS_MAX = 128;

/** What a request says of its client. `cf` is absent in tests and on some local runtimes. */
export function originOf(request: { headers: Headers; cf?: object | undefined }): Origin {
  const origin: Origin = {};
  const ip = request.headers.get("CF-Connecting-IP");
  const userAgent = request.headers.get("User-Agent");
  if (ip !== null) origin.ip = ip.slice(0, TEXT_CHARS_MAX);
  if (userAgent !== null) origin.userAgent = userAgent.slice(0, USER_AGENT_CHARS_MAX);
  return { ...origin, ...placeOf(request.cf) };
}

/** The text that an attribute can hold: control characters and lone surrogates, which it must not, are JSON escapes. */
export function encodeOrigin(origin: Origin): string {
  return JSON.stringify(origin).replaceAll(/[\u007f-\u{10ffff}]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escapeUnit(character, at)).join(""),
  );
}

/** Undefined for anything that `encodeOrigin` did not write. */
export function decodeOrigin(text: unknown): Origin | undefined {
  if (typeof text !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { ip, userAgent } = value;
  const origin: Origin = placeOf(value);
  if (typeof ip === "string") origin.ip = ip;
  if (typeof userAgent === "string") origin.userAgent = userAgent;
  return origin;
}

function placeOf(cf: object | undefined): Origin {
  const place: Origin = {};
  if (!isObject(cf)) return place;
  for (const name of TEXTS_OF_CF) {
    const value = cf[name];
    if (typeof value === "string" && value !== "") place[name] = value.slice(0, TEXT_CHARS_MAX);
  }
  if (typeof cf["asn"] === "number") place.asn = cf["asn"];
  return place;
}

function escapeUnit(character: string, at: number): string {
  return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
}
