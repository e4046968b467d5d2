/** Finds regular expressions that may take for ever: nothing can end one once it runs. */
import { isObject } from "../document/values.ts";

/**
 * What is wrong with a regular expression's source, as the parser gives it: a repeated group that repeats without end in itself, which is
 * the form that almost every such accident has (`(a+)+`, `(\w*\s?)*`). A heuristic: it neither finds all nor are all that it finds slow.
 */
export function patternProblem(regex: unknown): string | undefined {
  const source = isObject(regex) ? regex["pattern"] : undefined;
  if (typeof source !== "string" || !repeatsWithin(source)) return undefined;
  return "a regular expression repeats what repeats without end, and may take for ever for some texts";
}

function repeatsWithin(source: string): boolean {
  // For each open group: whether something in it repeats without end.
  const groups: boolean[] = [false];
  let closed = false;
  for (let index = 0; index < source.length; index++) {
    const char = source[index];
    const wasClosed = closed;
    closed = false;
    if (char === "\\") index++;
    else if (char === "[") index = classEnd(source, index);
    else if (char === "(") groups.push(false);
    else if (char === ")") closed = groups.pop() ?? false;
    else if (isEndless(source, index)) {
      if (wasClosed) return true;
      groups[groups.length - 1] = true;
    }
    // A group that repeats in itself makes what is around it repeat, too.
    if (char === ")" && closed) groups[groups.length - 1] = true;
  }
  return false;
}

/** `*`, `+`, or `{2,}`. */
function isEndless(source: string, index: number): boolean {
  const char = source[index];
  return char === "*" || char === "+" || (char === "{" && /^\{\d+,\}/.test(source.slice(index, index + 12)));
}

function classEnd(source: string, start: number): number {
  let index = start + 1;
  while (index < source.length && source[index] !== "]") index += source[index] === "\\" ? 2 : 1;
  return index;
}
