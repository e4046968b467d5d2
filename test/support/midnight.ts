/** Budgets are a day's, and begin anew at midnight: what was spent before is then nothing. */
const DAY_MS = 86_400_000;

/** Longer than tests of what is spent take, and shorter than a hook may. */
const NEEDED_MS = 120_000;

/** Waits for the new day, where what remains of this one might not do. */
export async function clearOfMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs > NEEDED_MS) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => resolve(undefined), leftMs + 1_000);
  await promise;
}
