/**
 * LIKE (section 3.4.3) without regular expressions, whose backtracking a pattern could make exponential. The parts
 * between `%` are looked for from the left, each at its first place; a long part, or one with `_`, by Shift-And
 * (Baeza-Yates, Gonnet: "A New Approach to Text Searching", 1992), which takes a step for 32 characters of the part and
 * one of the text, whatever they hold.
 */

/** A single character, in the place of a code point. */
const ANY = -1;

/** Up to this length the engine's own search is the faster one, and at worst this many times slower. */
const INDEX_OF_LENGTH_MAX = 16;

interface Part {
  /** Code points; ANY for `_`. */
  readonly codes: readonly number[];
  /** The same as text, when it has no ANY. */
  readonly text: string | undefined;
}

/** Where the first match that begins at `from` or later ends; -1: nowhere. */
type Finder = (text: string, from: number) => number;

/**
 * A matcher for a pattern: `%` is any number of characters, `_` one character (a code point), and a backslash makes
 * `%`, `_` or a backslash after it literal. Any other backslash stands for itself.
 */
export function compileLike(pattern: string): (text: string) => boolean {
  const [first = part([]), ...others] = splitPattern(pattern);
  const last = others.pop();
  if (last === undefined) return (text) => endAt(first, text, 0) === text.length;
  const finders = others.filter(({ codes }) => codes.length > 0).map(finderOf);
  return (text) => {
    let position = endAt(first, text, 0);
    for (const find of finders) {
      if (position === -1) return false;
      position = find(text, position);
    }
    if (position === -1) return false;
    const start = startOfLast(last, text);
    return start >= position && endAt(last, text, start) === text.length;
  };
}

/** The parts between the pattern's `%`: one more than there are of these. */
function splitPattern(pattern: string): Part[] {
  const parts: number[][] = [[]];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index++) {
    let character = characters[index] ?? "";
    const next = characters[index + 1] ?? "";
    const escaped = character === "\\" && (next === "%" || next === "_" || next === "\\");
    if (escaped) {
      character = next;
      index++;
    }
    if (character === "%" && !escaped) parts.push([]);
    else parts.at(-1)?.push(character === "_" && !escaped ? ANY : (character.codePointAt(0) ?? 0));
  }
  return parts.map(part);
}

function part(codes: readonly number[]): Part {
  if (codes.includes(ANY)) return { codes, text: undefined };
  return { codes, text: codes.map((code) => String.fromCodePoint(code)).join("") };
}

/** Where the part ends, if it matches at `position`; else -1. */
function endAt({ codes, text: literal }: Part, text: string, position: number): number {
  if (literal !== undefined) return text.startsWith(literal, position) ? position + literal.length : -1;
  let index = position;
  for (const code of codes) {
    const found = text.codePointAt(index);
    if (found === undefined || (code !== ANY && code !== found)) return -1;
    index += width(found);
  }
  return index;
}

/** Where the pattern's last part has to begin in order to end with the text; -1: the text is too short. */
function startOfLast({ codes, text: literal }: Part, text: string): number {
  if (literal !== undefined) return text.length - literal.length;
  let index = text.length;
  for (let count = 0; count < codes.length; count++) {
    if (index === 0) return -1;
    index -= width(text.codePointAt(index - 2) ?? 0);
  }
  return index;
}

/** UTF-16 code units of a code point. */
function width(code: number): number {
  return code > 0xff_ff ? 2 : 1;
}

function finderOf({ codes, text: literal }: Part): Finder {
  if (literal !== undefined && literal.length <= INDEX_OF_LENGTH_MAX) {
    return (text, from) => {
      const start = text.indexOf(literal, from);
      return start === -1 ? -1 : start + literal.length;
    };
  }
  return shiftAnd(codes);
}

/** Bit i of the state: the characters up to here end with the part's first i + 1. */
function shiftAnd(codes: readonly number[]): Finder {
  const words = Math.ceil(codes.length / 32);
  const masks = masksOf(codes, words);
  const elsewhere = masks.get(ANY) ?? new Uint32Array(words);
  const state = new Uint32Array(words);
  const full = 1 << ((codes.length - 1) % 32);
  return (text, from) => {
    state.fill(0);
    for (let index = from; index < text.length;) {
      const code = text.codePointAt(index) ?? 0;
      index += width(code);
      const mask = masks.get(code) ?? elsewhere;
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const old = state[word] ?? 0;
        state[word] = ((old << 1) | carry) & (mask[word] ?? 0);
        carry = old >>> 31;
      }
      if (((state[words - 1] ?? 0) & full) !== 0) return index;
    }
    return -1;
  };
}

/** For each code point of the part the places that take it; under ANY those that take all others. */
function masksOf(codes: readonly number[], words: number): Map<number, Uint32Array> {
  const anything = new Uint32Array(words);
  const masks = new Map([[ANY, anything]]);
  for (const [index, code] of codes.entries()) if (code === ANY) setBit(anything, index);
  for (const [index, code] of codes.entries()) {
    const mask = masks.get(code) ?? anything.slice();
    setBit(mask, index);
    masks.set(code, mask);
  }
  return masks;
}

function setBit(mask: Uint32Array, index: number): void {
  mask[index >> 5] = (mask[index >> 5] ?? 0) | (1 << (index % 32));
}
