/** Terms that words have become, remembered: by Zipf's law a few thousand words are most of any text. */

/** Twice as many short strings are about 3 MB; each language that is in use has a cache of its own. */
const GENERATION_ENTRIES_MAX = 16_384;

/**
 * A bounded cache of two generations: when the young one is full it becomes the old one, and what was not asked for since
 * is forgotten. What it returns for a word is one string object, so that later lookups by it are by identity.
 */
export class TermCache {
  private young = new Map<string, string>();
  private old = new Map<string, string>();

  /** The term of a word, by `make` when it is not remembered. */
  get(word: string, make: (word: string) => string): string {
    const known = this.young.get(word);
    if (known !== undefined) return known;
    const term = this.old.get(word) ?? make(word);
    if (this.young.size >= GENERATION_ENTRIES_MAX) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(word, term);
    return term;
  }
}
