/** Queries as people type them: a few words that belong together. */

/** Queries of 1 to 4 words that stand in one of the texts, drawn at random, the same at every run. */
export function drawQueries(texts: readonly string[], count: number, random: () => number): string[] {
  const below = (end: number): number => Math.floor(random() * end);
  return Array.from({ length: count }, () => {
    const words = 1 + below(4);
    const known = [...new Set(texts[below(texts.length)]?.toLowerCase().match(/\p{L}{2,}/gu))];
    return Array.from({ length: Math.min(words, known.length) }, () => {
      const [word = ""] = known.splice(below(known.length), 1);
      return word;
    }).join(" ");
  });
}
