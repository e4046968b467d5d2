/**
 * Finds what people are known by in texts: e-mail addresses, card numbers, IBANs, phone numbers, IP addresses. They look for what
 * can be checked (card numbers and IBANs have check digits), so that numbers of orders are left alone. Every repetition in
 * their patterns is bounded, so that they take linear time.
 */

export interface Span {
  start: number;
  end: number;
  /** What it is: the name of its detector. */
  kind: string;
}

/** All places in a text, from the left, each before the next. */
export type Detector = (text: string) => Iterable<{ start: number; end: number }>;

const EMAIL =
  /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}/gu;

/** With a country's code; or with an area's in front, which begins with 0 or, in North America, has three digits. */
const PHONE =
  /(?<![\w+.-])(?:(?:\+|00)[1-9](?:[ ()./-]{0,3}\d){6,14}|\(?0\d{1,5}\)?[ /-]\d{2,9}(?:[ -]\d{2,9}){0,4}|\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4})(?!\w)/g;

const IPV4 = /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\w|\.\d)/g;

/** What may be an IPv6 address; whether it is one, `isIpv6` says. */
const IPV6 = /(?<![\w:.])[\dA-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])/g;

/** Groups of digits with at most a space or a hyphen between them. */
const DIGIT_GROUPS = /(?<![\w])\d{1,19}(?:[ -]\d{1,19}){0,30}(?!\w)/g;

const IBAN_HEAD = /(?<![A-Za-z\d])[A-Za-z]{2}\d{2}/g;

/** Characters of an IBAN by country: SWIFT's registry. */
const IBAN_LENGTHS = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 " +
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 " +
    "MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 " +
    "SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry): [string, number] => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Digits of a card's number (ISO/IEC 7812). */
const CARD_DIGITS_MIN = 13;
const CARD_DIGITS_MAX = 19;

/** In the order in which they count where two find the same. */
export const DETECTORS = {
  email: (text) => (text.includes("@") ? matchesOf(EMAIL, text) : []),
  iban: ifDigits(ibans),
  card: ifDigits(cards),
  ip: (text) => [
    ...(text.includes(".") ? matchesOf(IPV4, text) : []),
    ...(text.includes(":") ? ipv6s(text) : []),
  ],
  phone: ifDigits(phones),
} satisfies Record<string, Detector>;

/** Most texts are words, and done with at a glance. */
function ifDigits(find: Detector): Detector {
  return (text) => (/\d/.test(text) ? find(text) : []);
}

function* matchesOf(pattern: RegExp, text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(pattern))
    yield { start: match.index, end: match.index + match[0].length };
}

/** E.164: no number has more digits. One that has fewer is a house's, or a day's. */
const PHONE_DIGITS_MIN = 7;
const PHONE_DIGITS_MAX = 15;

function* phones(text: string): Generator<{ start: number; end: number }> {
  for (const { start, end } of matchesOf(PHONE, text)) {
    const digits = text.slice(start, end).replaceAll(/\D/g, "").replace(/^00/, "").length;
    if (digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX) yield { start, end };
  }
}

function* ipv6s(text: string): Generator<{ start: number; end: number }> {
  for (const { start, end } of matchesOf(IPV6, text))
    if (isIpv6(text.slice(start, end))) yield { start, end };
}

/** RFC 4291, section 2.2. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const isMapped = last.includes(".");
  if (isMapped && !/^(?:\d{1,3}\.){3}\d{1,3}$/.test(last)) return false;
  const hexadecimal = isMapped ? groups.slice(0, -1) : groups;
  if (!hexadecimal.every((group) => /^[\dA-Fa-f]{1,4}$/.test(group))) return false;
  const count = hexadecimal.length + (isMapped ? 2 : 0);
  // "::" alone is an address, and in texts never meant as one.
  return halves.length === 2 ? count >= 1 && count <= 7 : count === 8;
}

/** A card's number may stand among others: every run of groups is looked at, the longest from each place first. */
function* cards(text: string): Generator<{ start: number; end: number }> {
  for (const { start, end } of matchesOf(DIGIT_GROUPS, text)) {
    const groups = [...text.slice(start, end).matchAll(/\d+/g)].map((match) => ({
      digits: match[0],
      start: start + match.index,
    }));
    for (let first = 0; first < groups.length; first++) {
      const last = cardFrom(groups.slice(first).map(({ digits }) => digits));
      const from = groups[first];
      const to = groups[first + (last ?? 0)];
      if (last === undefined || from === undefined || to === undefined) continue;
      yield { start: from.start, end: to.start + to.digits.length };
      first += last;
    }
  }
}

/** The last of the groups that make a card's number with the first, or undefined. */
function cardFrom(groups: readonly string[]): number | undefined {
  let found: number | undefined;
  let digits = "";
  for (const [index, group] of groups.entries()) {
    digits += group;
    if (digits.length > CARD_DIGITS_MAX) break;
    if (digits.length >= CARD_DIGITS_MIN && /^[2-6]/.test(digits) && isLuhn(digits)) found = index;
  }
  return found;
}

/** ISO/IEC 7812-1, annex B. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function* ibans(text: string): Generator<{ start: number; end: number }> {
  let end = 0;
  for (const match of text.matchAll(IBAN_HEAD)) {
    const length = IBAN_LENGTHS.get(match[0].slice(0, 2).toUpperCase());
    if (length === undefined || match.index < end) continue;
    let characters = "";
    let at = match.index;
    while (characters.length < length && at < text.length) {
      const character = text[at] ?? "";
      if (/[A-Za-z\d]/.test(character)) characters += character;
      // Printed in groups of four.
      else if (character !== " " || text[at - 1] === " ") break;
      at++;
    }
    if (characters.length < length || /^[A-Za-z\d]/.test(text.slice(at, at + 1)) || !isMod97(characters))
      continue;
    yield { start: match.index, end: at };
    end = at;
  }
}

/** ISO 7064, MOD 97-10, as ISO 13616 applies it. */
export function isMod97(iban: string): boolean {
  let rest = 0;
  for (const character of `${iban.slice(4)}${iban.slice(0, 4)}`.toUpperCase()) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** What several detectors find in a text, from the left; what overlaps is one, of the kind of the detector that comes first. */
export function findSpans(text: string, detectors: readonly { kind: string; find: Detector }[]): Span[] {
  const found = detectors.flatMap(({ kind, find }, rank) =>
    Array.from(find(text), ({ start, end }) => ({ start, end, kind, rank })),
  );
  const spans: (Span & { rank: number })[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start || a.rank - b.rank)) {
    const before = spans.at(-1);
    if (before === undefined || span.start >= before.end) spans.push(span);
    else {
      before.end = Math.max(before.end, span.end);
      if (span.rank < before.rank) Object.assign(before, { kind: span.kind, rank: span.rank });
    }
  }
  return spans.map(({ start, end, kind }) => ({ start, end, kind }));
}
