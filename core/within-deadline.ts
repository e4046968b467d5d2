/** Waiting no longer than there is time. */
import { failure, type Result } from "./errors.ts";
import { systemClock, type Clock } from "./scatter/clock.ts";

/** The answer, or a `deadline-exceeded` failure when it has not come within `deadlineMs`. The call itself goes on. */
export async function withinDeadline<T>(
  deadlineMs: number,
  answer: Promise<Result<T>>,
  clock: Clock = systemClock,
): Promise<Result<T>> {
  const { promise: timeout, resolve } = Promise.withResolvers<Result<T>>();
  const stop = clock.after(deadlineMs, () =>
    resolve(failure("deadline-exceeded", "There was no answer in time.")),
  );
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    stop();
  }
}
