/** The classes of queries by which layouts are compared. */
import type { Corpus } from "../leaf/corpus.ts";

export interface QueryClass {
  name: string;
  request: object;
}

/** Words of the corpus by their rank: the commonest first. */
export function queryClasses({ wordAt, words }: Pick<Corpus, "wordAt" | "words">): QueryClass[] {
  const [common, middling, rare] = [wordAt(3), wordAt(300), wordAt(Math.floor(words / 4))];
  return [
    { name: "a rare word", request: { q: rare } },
    { name: "a common word", request: { q: common } },
    { name: "three common words", request: { q: `${wordAt(0)} ${wordAt(1)} ${wordAt(2)}` } },
    { name: "two words, both required", request: { q: `${common} ${middling}`, operator: "and" } },
    { name: "a phrase", request: { q: '"used for"' } },
    { name: "a prefix", request: { q: "electr*" } },
    {
      name: "facets and groups of all",
      request: { limit: 0, facets: ["pos", "first"], aggregations: { a: { avg: "length", by: "first" } } },
    },
    { name: "a pattern in texts", request: { filter: "body LIKE '%water%'", facets: ["pos"] } },
  ];
}

export const FIELDS = {
  title: { type: "text" },
  body: { type: "text", language: "english" },
  pos: { type: "keyword" },
  first: { type: "keyword" },
  length: { type: "number" },
} as const;

/** A gloss with something to group it by. */
export function withFields({ id, title, body }: { id: string; title: string; body: string }) {
  return {
    id,
    title,
    body,
    pos: id.split("-")[0] ?? "",
    first: title.slice(0, 2).toLowerCase(),
    length: body.length,
  };
}
