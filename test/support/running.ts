/**
 * What tests have started and have not stopped yet. A journey's set-up file stops it all after each file, so
 * that a test that fails half-way leaves nothing behind.
 */
const running = new Set<() => Promise<void>>();

/**
 * Remembers how something is stopped.
 *
 * @returns stops it, once; calls after the first wait for the first.
 */
export function stopsLater(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stopOnce = () => {
    running.delete(stopOnce);
    stopping ??= stop();
    return stopping;
  };
  running.add(stopOnce);
  return stopOnce;
}

/** Stops all that still runs, the latest first, and throws the first error only when everything was tried. */
export async function stopEverything(): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of [...running].toReversed()) {
    await stop().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) {
    throw errors[0];
  }
}
