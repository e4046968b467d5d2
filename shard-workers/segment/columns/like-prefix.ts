/** What a LIKE pattern begins with, so that only texts with this beginning are looked at. */

/** The literal beginning, and whether nothing but one `%` comes after it: then the beginning decides. */
export function literalPrefix(pattern: string): { prefix: string; isPrefixOnly: boolean } {
  let prefix = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const next = pattern.charAt(index + 1);
    if (character === "\\" && (next === "%" || next === "_" || next === "\\")) {
      prefix += next;
      index++;
    } else if (character === "%" || character === "_") {
      return { prefix, isPrefixOnly: character === "%" && index === pattern.length - 1 };
    } else {
      prefix += character;
    }
  }
  return { prefix, isPrefixOnly: false };
}
