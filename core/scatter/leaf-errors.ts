/** What the platform says of a call to a Durable Object that threw. */

/**
 * Whether the same leaf may be asked again at once, where there is no other: its instance ended, or the way there broke, and
 * the next call meets a new one. Not when it is overloaded, since that would make it worse (Durable Objects: Error handling).
 */
export function mayAskAgain(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ("overloaded" in error && error.overloaded === true) return false;
  return (
    ("durableObjectReset" in error && error.durableObjectReset === true) ||
    ("retryable" in error && error.retryable === true)
  );
}

/** Whether a write failed because the Durable Object's storage has no room (SQLITE_FULL). */
export function isFull(error: unknown): boolean {
  return error instanceof Error && /SQLITE_FULL|database or disk is full/.test(error.message);
}
