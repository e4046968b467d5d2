import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { seededRandom } from "../../../core/seeded-random.ts";
import { Shards, type AnyDocument } from "../search/shards.ts";
import { TermShards } from "./term-shards.ts";

const FIELDS: Fields = {
  title: { type: "text", language: "english" },
  text: { type: "text", language: "english" },
  author: { type: "text" },
};

/** The lines of one of the collection's files, which are ours. */
function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, "../../cranfield", name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

const queries = lines<{ text: string }>("queries.jsonl");
const corpus = lines<AnyDocument>("corpus.jsonl");

type Answer = { hits: [string, number][]; total: number };

async function expected(whole: Shards, operator: "or" | "and"): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { text } of queries) {
    const { partial } = await whole.search(whole.plan({ q: text, operator, limit: 20 }));
    answers.push({ hits: partial.hits.map(({ id, score }) => [id, score]), total: partial.total });
  }
  return answers;
}

async function answered(terms: TermShards, operator: "or" | "and"): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { text } of queries) {
    const { hits, total, agreed } = await terms.search(
      terms.question(terms.plan({ q: text, operator, limit: 20 })),
    );
    expect(agreed).toBe(true);
    answers.push({ hits: hits.map(({ id, score }) => [id, score]), total });
  }
  return answers;
}

describe("the 225 Cranfield queries in the layout `terms`", () => {
  const whole = new Shards(FIELDS, 1, () => 0);
  const split = [1, 4, 16].map((leaves) => new TermShards(FIELDS, leaves));

  beforeAll(async () => {
    whole.put(corpus);
    for (const terms of split) {
      terms.put(corpus);
      await terms.follow();
    }
  });

  const compare = async (): Promise<void> => {
    for (const operator of ["or", "and"] as const) {
      const right = await expected(whole, operator);
      expect(right.some(({ hits }) => hits.length > 0)).toBe(true);
      for (const terms of split) expect(await answered(terms, operator)).toEqual(right);
    }
  };

  it(
    "have the ids, the scores to the last bit and the totals that they have in one document leaf, in `or` and `and`",
    compare,
  );

  it("have them after 2,000 random updates and deletions, too", async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 20; round++) {
      for (let change = 0; change < 100; change++) {
        const document = corpus[Math.floor(random() * corpus.length)];
        const other = corpus[Math.floor(random() * corpus.length)];
        if (document === undefined || other === undefined) continue;
        for (const collection of [whole, ...split]) {
          if (change % 4 === 0)
            collection instanceof Shards ? collection.delete([document.id]) : collection.delete(document.id);
          else collection.put([{ ...other, id: document.id }]);
        }
      }
      for (const terms of split) await terms.follow();
    }
    await compare();
  });
});
