/** How deep and how large a JSON value is. Without recursion: what is asked about may be far too deep for it. */

/** What is passed over: it will not be there as JSON. */
type Skip = (value: object) => boolean;
const nothing: Skip = () => false;

/** Whether arrays and objects nest in more than `levels`. A text or a number has none. */
export function isDeeperThan(value: unknown, levels: number, skip = nothing): boolean {
  let current: unknown[] = [value];
  for (let level = 0; level <= levels; level++) {
    const next: unknown[] = [];
    for (const each of current) {
      if (typeof each !== "object" || each === null || skip(each)) continue;
      for (const child of Object.values(each))
        if (typeof child === "object" && child !== null) next.push(child);
      if (level === levels) return true;
    }
    if (next.length === 0) return false;
    current = next;
  }
  return true;
}

/** Whether a value takes more than `charsMax` characters as JSON, about: what is there many times counts each time. */
export function isLargerThan(value: unknown, charsMax: number, skip = nothing): boolean {
  let left = charsMax;
  const ahead: unknown[] = [value];
  while (ahead.length > 0) {
    const each = ahead.pop();
    left -= typeof each === "string" ? each.length + 2 : 4;
    if (typeof each === "object" && each !== null && !skip(each)) {
      if (Array.isArray(each)) {
        if (each.length > left) return true;
        for (const child of each) ahead.push(child);
      } else {
        for (const [name, child] of Object.entries(each)) {
          left -= name.length;
          ahead.push(child);
        }
      }
    }
    if (left < 0) return true;
  }
  return false;
}
