/** Whether a string is a URI or a URI-reference by the grammar of RFC 3986. ASCII alone: an IRI has to be encoded. */

/** Section 2: the characters that may stand somewhere in a URI. */
const CHARACTERS = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\dA-Fa-f]{2})*$/;

/** Appendix B: scheme, authority, path, query, fragment. */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

const SCHEME = /^[A-Za-z][A-Za-z\d+.-]*$/;

/** Section 3.2: userinfo, host (an IP literal in brackets, or a name), port. */
const AUTHORITY = /^(?:[^@[\]]*@)?(?:(\[[^[\]]*\])|[^:@[\]]*)(?::\d*)?$/;

/** Section 3.2.2: an address of a later version, `[v7.…]`. */
const IP_FUTURE = /^\[v[\dA-F]+\.[\w\-.~!$&'()*+,;=:]+\]$/i;

/** Section 4.1: with a scheme or relative to one. The empty string is a URI-reference too. */
export function isUriReference(text: string): boolean {
  return hasScheme(text) !== undefined;
}

/** Section 3: with a scheme. A fragment may follow, since schemas are pointed at by fragments. */
export function isUri(text: string): boolean {
  return hasScheme(text) === true;
}

/** Undefined: not a URI-reference. */
function hasScheme(text: string): boolean | undefined {
  if (!CHARACTERS.test(text)) return undefined;
  const [, scheme, authority, path = "", query = "", fragment = ""] = PARTS.exec(text) ?? [];
  if (/[[\]#]/.test(path + query + fragment)) return undefined;
  if (authority !== undefined && !isAuthority(authority)) return undefined;
  // Without a scheme, what stands before the first colon of a path would be read as one (section 4.2).
  if (scheme === undefined) return authority === undefined && path.startsWith(":") ? undefined : false;
  return SCHEME.test(scheme) ? true : undefined;
}

function isAuthority(authority: string): boolean {
  const match = AUTHORITY.exec(authority);
  if (match === null) return false;
  const literal = match[1];
  return literal === undefined || IP_FUTURE.test(literal) || URL.canParse(`http://${literal}/`);
}
