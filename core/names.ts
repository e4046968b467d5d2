/** What collections, topics, pipelines, fields and documents may be called. */

/** Names of collections, topics, pipelines and functions. A leading `_` belongs to the platform. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

/**
 * Topics that pipelines may listen to: those that anybody publishes to, those of the identity Worker, to which it alone
 * does, and the platform's own of alerts. What comes by one of those is what it says: no name that a user may give has a dot or begins so.
 */
export const TOPIC_PATTERN = /^(?:(?:identity\.)?[a-z][a-z0-9_-]{0,62}|_alerts)$/;

/**
 * Names of declared fields: segments joined by dots, each a path step into the document. Letters of either case,
 * since documents come with the casing of the language that wrote them.
 */
export const FIELD_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z][A-Za-z0-9_-]{0,62}){0,7}$/;

/** A document id is used in URLs, cursors and log lines: bounded, and nothing that moves a terminal's cursor. */
export const DOCUMENT_ID_BYTES_MAX = 256;

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

const encoder = new TextEncoder();

/** Why `id` can't name a document, or undefined when it can. */
export function documentIdProblem(id: unknown): string | undefined {
  if (typeof id !== "string") return "an id is a string";
  if (id.length === 0) return "an id has at least 1 byte";
  // In a URL these are steps, which clients take before they send it.
  if (id === "." || id === "..") return "an id is not . or ..";
  if (CONTROL_CHARACTERS.test(id)) return "an id has no control characters";
  if (!id.isWellFormed()) return "an id is well-formed Unicode";
  if (id.length * 3 > DOCUMENT_ID_BYTES_MAX && encoder.encode(id).length > DOCUMENT_ID_BYTES_MAX) {
    return `an id has at most ${DOCUMENT_ID_BYTES_MAX} bytes`;
  }
  return undefined;
}
