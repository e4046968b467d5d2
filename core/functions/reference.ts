/** How steps and scatters name functions: `function:name`, `function:name@version`, and a split between versions. */
import type { FunctionRef, FunctionSplit } from "../contracts/functions.ts";
import { NAME_PATTERN } from "../names.ts";
import { hashOf } from "../query/hash.ts";

export const FUNCTION_PREFIX = "function:";

export const FUNCTION_VERSION_PATTERN = /^[0-9a-f]{16}$/;

/** The function that `use` names; undefined: it names something else, or is not well-formed. */
export function parseFunctionUse(use: string): FunctionRef | undefined {
  return use.startsWith(FUNCTION_PREFIX) ? parseFunctionRef(use.slice(FUNCTION_PREFIX.length)) : undefined;
}

/** `name` or `name@version`; undefined: neither. */
export function parseFunctionRef(text: string): FunctionRef | undefined {
  const at = text.indexOf("@");
  const name = at === -1 ? text : text.slice(0, at);
  if (!NAME_PATTERN.test(name)) return undefined;
  if (at === -1) return { name };
  const version = text.slice(at + 1);
  return FUNCTION_VERSION_PATTERN.test(version) ? { name, version } : undefined;
}

/** As a step names it. */
export function functionUse({ name, version }: FunctionRef): string {
  return `${FUNCTION_PREFIX}${name}${version === undefined ? "" : `@${version}`}`;
}

/** What is wrong with a split; undefined: nothing. */
export function splitProblem(split: FunctionSplit): string | undefined {
  const entries = Object.entries(split);
  if (entries.length === 0) return "a split names at least one version";
  for (const [version, percent] of entries) {
    if (!FUNCTION_VERSION_PATTERN.test(version)) return `${JSON.stringify(version)} is no version`;
    if (!(percent >= 0 && percent <= 100)) return `the share of ${version} is a percentage`;
  }
  const total = entries.reduce((sum, [, percent]) => sum + percent, 0);
  return Math.abs(total - 100) < 1e-6 ? undefined : `the shares total ${total}, and not 100`;
}

/**
 * The version that a key falls to: the same for the same key and split, whichever Worker asks, so that an event that is
 * tried again runs in the version in which it ran. `salt` sets one split's choice apart from another's.
 */
export function versionOf(split: FunctionSplit, key: string, salt = ""): string {
  // By version, so that the order in which a split was written makes no difference.
  const entries = Object.entries(split).toSorted(([a], [b]) => (a < b ? -1 : 1));
  let left = (hashOf(`${salt}\u0000${key}`).high / 2 ** 32) * 100;
  for (const [version, percent] of entries) {
    left -= percent;
    if (left < 0) return version;
  }
  return entries.findLast(([, percent]) => percent > 0)?.[0] ?? "";
}
