/**
 * Which addresses webhooks may be sent to. Whoever declares a pipeline chooses the address, and the platform sends from
 * its own network: addresses inside of that, a machine's own and cloud metadata among them, are none of the user's (OWASP,
 * Server Side Request Forgery Prevention). Names are not resolved here; deployed Workers reach no private network.
 */

export const WEBHOOK_URL_CHARS_MAX = 2_048;

/** Names that stand for the own machine or network. The URL parser has made them lower case. */
const PRIVATE_NAMES =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|onion)$/;

/**
 * Why nothing is to be sent to a URL, or undefined when it may be. `allowPrivate` is for development: then private and
 * loopback addresses, and plain http, are allowed.
 */
export function webhookUrlProblem(text: string, allowPrivate: boolean): string | undefined {
  if (text.length > WEBHOOK_URL_CHARS_MAX) return `must have at most ${WEBHOOK_URL_CHARS_MAX} characters`;
  // The parser drops tabs and line breaks, and takes a backslash for a slash: what is read and what is meant must not differ.
  if (/[\s\\\p{Cc}]/u.test(text)) return "must hold no white space, control characters or backslashes";
  if (!/^https?:\/\/[^/]/i.test(text)) return "must be an absolute https URL";
  const url = URL.parse(text);
  if (url === null) return "must be an absolute https URL";
  if (url.username !== "" || url.password !== "" || text.split("/")[2]?.includes("@") === true) {
    return "must hold no user name or password; receivers know the sender by its signature";
  }
  if (url.hash !== "" || text.includes("#")) return "must hold no fragment";
  if (allowPrivate) return undefined;
  if (url.protocol !== "https:") return "must be an https URL";
  return hostProblem(url.hostname);
}

function hostProblem(hostname: string): string | undefined {
  const inside = "must be a public address; UMBEL_WEBHOOKS_PRIVATE=1 allows others for development";
  if (hostname.startsWith("[")) return isPublicV6(hostname.slice(1, -1)) ? undefined : inside;
  // The parser has written every form of an IPv4 address (0x7f.1, 2130706433, 0177.0.0.1) as four decimal numbers.
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(hostname)?.slice(1).map(Number);
  if (octets !== undefined) return isPublicV4(octets) ? undefined : inside;
  const name = hostname.replace(/\.+$/, "");
  if (!name.includes(".") || PRIVATE_NAMES.test(name)) return inside;
  return undefined;
}

/** IANA's special-purpose registry (RFC 6890), as far as it is not globally reachable; and multicast. */
function isPublicV4([a = 0, b = 0, c = 0]: number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b <= 127) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b <= 31) return false;
  if (a === 192 && b === 168) return false;
  if (a === 192 && b === 0 && (c === 0 || c === 2)) return false;
  if (a === 192 && b === 88 && c === 99) return false;
  if (a === 198 && (b === 18 || b === 19)) return false;
  if (a === 198 && b === 51 && c === 100) return false;
  return !(a === 203 && b === 0 && c === 113);
}

/** What is globally reachable is in 2000::/3; in there, what is for documentation, or carries an IPv4 address, is not taken. */
function isPublicV6(address: string): boolean {
  const groups = expand(address);
  const [first = 0, second = 0] = groups;
  if (first < 0x2000 || first > 0x3fff) return false;
  // 6to4 and Teredo lead to the IPv4 address inside; 2001:db8::/32 and 3fff::/20 are documentation, 2001::/23 protocols.
  if (first === 0x2002 || (first === 0x2001 && second < 0x0200)) return false;
  return !((first === 0x2001 && second === 0x0db8) || (first === 0x3fff && second < 0x1000));
}

/** The groups of an address as the URL parser writes it: hexadecimal, with `::` for the longest run of zeros. */
function expand(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => 0), ...after];
}

function groupsOf(part: string): number[] {
  return part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
}
