/**
 * Isolates that are not asked again. The runtime remembers a failure to start under the isolate's id, also where it was its code that could not
 * be had for a moment: the function would fail as long as the process lives. So such an id is given up, and the next one taken.
 */

const failures = new Map<string, number>();

const REMEMBERED_MAX = 10_000;

/** The id that is to be used for this one: itself, and after it was given up n times, its nth successor. */
export function usableId(id: string): string {
  const count = failures.get(id);
  return count === undefined ? id : `${id}-${count}`;
}

export function abandon(id: string): void {
  if (failures.size >= REMEMBERED_MAX) failures.clear();
  failures.set(id, (failures.get(id) ?? 0) + 1);
}
