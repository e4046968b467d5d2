/** Attribute values as header values, by section 3.1.3.2 of the CloudEvents HTTP protocol binding. */

export type DecodedValue = { ok: true; value: string } | { ok: false; message: string };

/**
 * Undoes quoted strings (RFC 7230, section 3.2.6), which older senders used, and then one round of percent-encoding.
 * What has more than one reading is refused: a `%` that encodes nothing, bytes that are not UTF-8, a quote that does
 * not close, and raw characters beyond ASCII, of which HTTP does not say the encoding. Never throws.
 */
export function decodeHeaderValue(text: string): DecodedValue {
  if (!/^[\t\x20-\x7e]*$/.test(text)) {
    return { ok: false, message: "must have characters beyond printable ASCII percent-encoded" };
  }
  const unquoted = text.includes('"') ? unquote(text) : text;
  if (unquoted === undefined) return { ok: false, message: "must close the double quote that it opens" };
  try {
    return { ok: true, value: decodeURIComponent(unquoted) };
  } catch {
    return { ok: false, message: "must be percent-encoded UTF-8 (a percent sign itself is %25)" };
  }
}

/** Undefined: a quoted string has no end. */
function unquote(text: string): string | undefined {
  let result = "";
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"') quoted = !quoted;
    else if (quoted && character === "\\") result += text.charAt(++index);
    else result += character;
  }
  return quoted ? undefined : result;
}

/** Percent-encodes space, double quote, percent and all that is not printable ASCII. The text is well-formed Unicode. */
export function encodeHeaderValue(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);
}
