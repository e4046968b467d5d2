/**
 * JSON as everybody writes it the same: RFC 8785 (JSON Canonicalization Scheme). Fields are sorted by their UTF-16 units; texts and
 * numbers are as ECMAScript writes them, which is what the RFC asks for.
 */

/** Undefined members are left out. A value has at most the levels that data may have, so that this may recurse. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
