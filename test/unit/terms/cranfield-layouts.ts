/** The Cranfield collection in the layout `terms` and in one document leaf, to be asked the same questions. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fields } from "../../../core/collection.ts";
import { seededRandom } from "../../../core/seeded-random.ts";
import { Shards, type AnyDocument } from "../search/shards.ts";
import { TermShards, type Traffic } from "./term-shards.ts";

const FIELDS: Fields = {
  title: { type: "text", language: "english" },
  text: { type: "text", language: "english" },
  author: { type: "text" },
};

/** Documents of a batch of updates. */
const BATCH_DOCUMENTS = 20;

/** The lines of one of the collection's files, which are ours. */
function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, "../../cranfield", name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

export const QUERIES: string[] = lines<{ text: string }>("queries.jsonl").map(({ text }) => text);
const CORPUS = lines<AnyDocument>("corpus.jsonl");

export type Operator = "or" | "and";

export interface Found {
  hits: [id: string, score: number][];
  total: number;
}

export class CranfieldLayouts {
  readonly whole = new Shards(FIELDS, 1, () => 0);
  readonly terms: TermShards[];

  constructor(leaves: readonly number[]) {
    this.terms = leaves.map((count) => new TermShards(FIELDS, count));
  }

  get textCharacters(): number {
    return CORPUS.reduce((sum, document) => sum + JSON.stringify(document).length, 0);
  }

  async load(): Promise<void> {
    for (const collection of this.all) collection.put(CORPUS);
    await this.follow();
  }

  /** Gives documents others' texts, and deletes every fourth; term leaves follow now and then. */
  async change(changes: number): Promise<void> {
    const random = seededRandom(7);
    const any = (): AnyDocument => CORPUS[Math.floor(random() * CORPUS.length)] ?? { id: "1" };
    for (let done = 0; done < changes; done += BATCH_DOCUMENTS) {
      const ids = Array.from({ length: BATCH_DOCUMENTS }, () => any().id);
      const documents = [...new Set(ids)].map((id) => ({ ...any(), id }));
      for (const collection of this.all) {
        if ((done / BATCH_DOCUMENTS) % 4 === 0) for (const id of ids) deleteFrom(collection, id);
        else collection.put(documents);
      }
      if (done % 400 === 0) await this.follow();
    }
    await this.follow();
  }

  async inDocuments(q: string, operator: Operator): Promise<Found> {
    const { partial } = await this.whole.search(this.whole.plan({ q, operator, limit: 20 }));
    return { hits: partial.hits.map(({ id, score }) => [id, score]), total: partial.total };
  }

  async inTerms(terms: TermShards, q: string, operator: Operator, traffic?: Traffic): Promise<Found> {
    const question = terms.question(terms.plan({ q, operator, limit: 20 }));
    const { hits, total, agreed } = await terms.search(question, traffic);
    if (!agreed) throw new Error("term leaves stand on different writes");
    return { hits: hits.map(({ id, score }) => [id, score]), total };
  }

  private get all(): (Shards | TermShards)[] {
    return [this.whole, ...this.terms];
  }

  private async follow(): Promise<void> {
    for (const terms of this.terms) await terms.follow();
  }
}

function deleteFrom(collection: Shards | TermShards, id: string): void {
  if (collection instanceof Shards) collection.delete([id]);
  else collection.delete(id);
}
