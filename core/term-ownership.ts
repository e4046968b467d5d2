/** Which rule says what term leaf owns a term, of a collection in the layout `terms`. */
import type { Language } from "./analysis/stem.ts";
import type { Collection, CollectionSpec, Fields } from "./collection.ts";

/** Plain data; crosses Workers. */
export interface TermOwnership {
  leaves: number;
  /** By text field that has one. */
  languages: Record<string, Language>;
  /** The language by which terms of fields that have none are grouped: see `ownerOf` in shard-workers/segment/term-owner.ts. */
  termLanguage?: Language;
}

export function ownershipOf({
  shards,
  fields,
  termLanguage,
}: Pick<Collection, "shards" | "fields" | "termLanguage">): TermOwnership {
  const languages: Record<string, Language> = {};
  for (const [name, { language }] of Object.entries(fields))
    if (language !== undefined) languages[name] = language;
  return { leaves: shards, languages, ...(termLanguage !== undefined && { termLanguage }) };
}

/** What a collection is made with, and keeps whatever is declared later: the language of its first text field that has one. */
export function termLanguageOf({ layout, fields }: Pick<CollectionSpec, "layout" | "fields">): {
  termLanguage?: Language;
} {
  if (layout !== "terms") return {};
  const language = firstLanguage(fields);
  return language === undefined ? {} : { termLanguage: language };
}

function firstLanguage(fields: Fields): Language | undefined {
  return Object.values(fields).find(({ language }) => language !== undefined)?.language;
}
