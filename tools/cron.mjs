// The cron triggers of wrangler.toml, for a local run: nothing else pulls them there.

/** Cloudflare's smallest interval, which the root's trigger has. */
const MINUTE_MS = 60_000;

/**
 * Pulls the root Worker's trigger every minute until `signal` aborts. A pull that fails is made up for by the next.
 *
 * @param {{address: string, signal: AbortSignal}} run
 */
export async function pullTriggers({ address, signal }) {
  while (await passes(MINUTE_MS, signal)) {
    try {
      // wrangler dev's own path for it, which a deployed Worker has not.
      const response = await fetch(`${address}/cdn-cgi/handler/scheduled`, { signal });
      await response.body?.cancel();
    } catch {
      // The Workers are being started anew, or are ending.
    }
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether the time has passed, rather than the signal aborted
 */
function passes(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
