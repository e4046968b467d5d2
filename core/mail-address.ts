/**
 * E-mail addresses (RFC 5321, section 4.1.2; RFC 6531 for other scripts): which ones mail can be sent to, when two are the same, and which
 * may lead to one mailbox. Comments, quoted local parts and address literals are refused: nobody's mailbox needs them, and software
 * that reads addresses disagrees about them.
 */

export interface MailAddress {
  /** As mail is sent to it, and as it is compared: without white space around it, composed, the domain in lower-case ASCII. */
  address: string;
  local: string;
  domain: string;
}

/** RFC 5321, section 4.5.3.1: a path has 256 octets, the angle brackets among them; a local part 64, a domain 255. */
const ADDRESS_BYTES_MAX = 254;
const LOCAL_BYTES_MAX = 64;

/** Longer than any address with white space around it; normalising costs time for each character. */
const GIVEN_CHARS_MAX = 1_000;

/** A dot-atom (RFC 5322, section 3.2.3), with letters, marks and digits of every script. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/** Before it is given to the URL parser, which decodes percent signs, and takes more than a name. The dots are those of IDNA. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.。．｡-]+$/u;

/** Of a domain in ASCII (RFC 1035, section 2.3.1, and RFC 1123, section 2.1). */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const encoder = new TextEncoder();

/** Undefined: it is no address that mail can be sent to. */
export function parseMailAddress(given: string): MailAddress | undefined {
  if (given.length > GIVEN_CHARS_MAX || !given.isWellFormed()) return undefined;
  const text = given.trim().normalize("NFC");
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === undefined || !LOCAL.test(local) || bytesOf(local) > LOCAL_BYTES_MAX) return undefined;
  const address = `${local}@${domain}`;
  return bytesOf(address) > ADDRESS_BYTES_MAX ? undefined : { address, local, domain };
}

/**
 * What addresses share that may lead to one mailbox: letter case, dots and what follows a plus make no difference at many hosts. Coarser
 * than identity, on purpose: it is for bounding how much mail a mailbox gets, and tells no two people apart.
 */
export function mailboxKey({ local, domain }: MailAddress): string {
  const [plain = ""] = local.split("+");
  const key = plain.replaceAll(".", "").toLowerCase().normalize("NFC");
  return `${key}@${domain}`;
}

/** As the URL standard makes a host of it (domain to ASCII: UTS 46). */
function asciiDomain(domain: string): string | undefined {
  if (!DOMAIN.test(domain)) return undefined;
  const ascii = URL.parse(`http://${domain}`)?.hostname;
  const labels = ascii?.split(".") ?? [];
  // A number at the end is an IPv4 address to the parser, and no top-level domain.
  const isName = labels.length >= 2 && labels.every((label) => LABEL.test(label));
  return isName && !/^\d+$/.test(labels.at(-1) ?? "") ? ascii : undefined;
}

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
