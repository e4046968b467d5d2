// Ctrl-C and its kin: the first asks the platform to shut down, a second one ends it at once.

/** npm passes Ctrl-C on although the terminal has sent it to everyone already: the same one may come twice. */
const SAME_KEYPRESS_MS = 500;
const POLL_MS = 1000;

/**
 * @param {import("./launch.mjs").Platform} platform
 * @returns {AbortSignal} aborted once the user asked to stop; the platform has been told by then
 */
export function stopOnSignals(platform) {
  const stopping = new AbortController();
  let askedAt = 0;
  const stop = () => {
    if (!stopping.signal.aborted) {
      askedAt = performance.now();
      console.log("\nStopping …");
      stopping.abort();
      platform.stop();
    } else if (performance.now() - askedAt > SAME_KEYPRESS_MS) {
      platform.kill();
      process.exit(130);
    }
  };

  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, stop);
  }
  // A closed terminal takes no more output; that is no reason to leave the platform running.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  if (process.env["npm_lifecycle_event"] !== undefined) {
    // Whoever kills npm means us; npm can't pass on a SIGKILL.
    const npm = process.ppid;
    setInterval(() => {
      if (process.ppid !== npm && !stopping.signal.aborted) {
        stop();
      }
    }, POLL_MS).unref();
  }
  return stopping.signal;
}
