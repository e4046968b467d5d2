/**
 * Regular expressions that users write, in time that is linear in the text. JavaScript's own engine goes back and tries
 * again, so that `(a+)+$` takes for ever on a text of 40 characters; here RE2's algorithm runs (re2js, a port of it), which
 * does without back references and look-ahead, and refuses them.
 *
 * Two things would still add up, and are bounded: a pattern of many states (`(a{1000}){10}`) when it is declared, and a text
 * with many matches, each of which looks at all that is left (`a.*b|a`), while it runs.
 */
import { MatcherInput, RE2JS } from "re2js";
import { Reject } from "../contract.ts";

/** Characters of a pattern. */
const PATTERN_CHARS_MAX = 1_000;

/** States of its automaton: some 2 s of work for the longest event at worst, as measured; usual ones have 5 to 50. */
const PATTERN_STATES_MAX = 500;

/** States times characters that a search may take: longer texts are made by earlier steps alone. */
const WORK_MAX = 60_000_000;

/** Characters that all searches of a text may look at: 20 times the longest event. */
const READS_MAX = 2_000_000;

export interface Match {
  start: number;
  end: number;
  /** The whole match, then its groups. */
  groups: readonly (string | undefined)[];
}

export interface Pattern {
  /** How many groups it has, the whole match not counted. */
  groupCount: number;
  test(text: string): boolean;
  /** All matches that don't overlap, from the left. */
  matches(text: string, from?: number): Generator<Match>;
}

export type CompiledPattern = { ok: true; pattern: Pattern } | { ok: false; message: string };

/** Compiles a pattern in RE2's syntax, or in JavaScript's where the two agree. */
export function compilePattern(source: string, flags: { ignoreCase?: boolean } = {}): CompiledPattern {
  if (source === "") return { ok: false, message: "is empty" };
  if (source.length > PATTERN_CHARS_MAX) {
    return { ok: false, message: `has more than ${PATTERN_CHARS_MAX} characters` };
  }
  // The translation below takes what it does not know for letters.
  if (/^(?:[^\\]|\\[^k])*\\k/s.test(source)) {
    return { ok: false, message: "can't be used: it refers back to a group" };
  }
  let compiled: RE2JS;
  try {
    const translated = RE2JS.translateRegExp(source);
    compiled = RE2JS.compile(translated, flags.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace("error parsing regexp: ", "") : "";
    return { ok: false, message: `can't be used (it is of RE2's syntax): ${why}` };
  }
  if (compiled.programSize() > PATTERN_STATES_MAX) {
    return { ok: false, message: "has too many states: repetitions such as {500} are written out" };
  }
  return { ok: true, pattern: patternOf(compiled) };
}

function patternOf(compiled: RE2JS): Pattern {
  const textCharsMax = Math.floor(WORK_MAX / compiled.programSize());
  const check = (text: string) => {
    if (text.length > textCharsMax) throw new Reject("A text is too long for the pattern.");
  };
  return {
    groupCount: compiled.groupCount(),
    test(text) {
      check(text);
      return compiled.test(text);
    },
    *matches(text, from = 0) {
      check(text);
      yield* matchesOf(compiled, text, from);
    },
  };
}

/** Counts what is read only where the matches are so many that it could be too much: counting is slow. */
function* matchesOf(compiled: RE2JS, text: string, from: number): Generator<Match> {
  let matcher = compiled.matcher(text);
  let readsAtMost = 0;
  let found = matcher.find(from);
  while (found) {
    const start = matcher.start();
    const end = matcher.end();
    const groups = [text.slice(start, end)];
    const match: Match = { start, end, groups: withGroups(groups, compiled, (n) => matcher.group(n)) };
    yield match;
    if (readsAtMost > READS_MAX) {
      found = matcher.find();
      continue;
    }
    readsAtMost += text.length - end;
    if (readsAtMost <= READS_MAX) found = matcher.find();
    else {
      const next = start === end ? end + characterLength(text, end) : end;
      matcher = compiled.matcher(MatcherInput.utf16(new MeteredText(text)));
      found = next <= text.length && matcher.find(next);
    }
  }
}

function withGroups(
  groups: (string | undefined)[],
  compiled: RE2JS,
  group: (index: number) => string | null,
): (string | undefined)[] {
  for (let index = 1; index <= compiled.groupCount(); index++) groups.push(group(index) ?? undefined);
  return groups;
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** A text that lets itself be read so often and no more. The engine reads it a character at a time. */
class MeteredText extends String {
  private reads = 0;

  override charCodeAt(index: number): number {
    this.count();
    return super.charCodeAt(index);
  }

  override codePointAt(index: number): number | undefined {
    this.count();
    return super.codePointAt(index);
  }

  private count(): void {
    this.reads++;
    if (this.reads > READS_MAX)
      throw new Reject("The pattern has too many matches that each look far ahead.");
  }
}
