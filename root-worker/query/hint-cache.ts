/**
 * The statistics that this isolate saw last, by collection, field and clause. A search is ranked by them at first; when they
 * have been overtaken, or have gaps, only the certificate gets harder (certificate.ts). On a new isolate there are none,
 * and leaves take their own: they are a sample of the collection's.
 */
import type { Hints, MatchPlan, Statistics } from "../../core/contracts/search.ts";
import type { Clause } from "../../core/query/parse-query.ts";

/** At about 150 bytes each 3 MB, of an isolate's 128. Frequent words stay, since those that were used last do. */
const CLAUSES_MAX = 20_000;

/** A collection has at most 64 fields, and so at most 2 KB here. */
const COLLECTIONS_MAX = 1_000;

/** A longer clause, a pasted phrase, hardly comes again; without it the bounds above hold. */
const CLAUSE_LENGTH_MAX = 200;

interface SeenCollection {
  documents: number;
  fields: Map<string, Statistics["fields"][number]>;
}

/** How many documents a clause was in, of how many at the time. */
interface SeenClause {
  frequency: number;
  documents: number;
}

/** A map that forgets what was used longest ago. */
class RecentlyUsed<T> {
  private readonly entries = new Map<string, T>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get(key: string): T | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  set(key: string, value: T): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.max && oldest !== undefined) this.entries.delete(oldest);
  }
}

export class HintCache {
  private readonly collections = new RecentlyUsed<SeenCollection>(COLLECTIONS_MAX);
  private readonly clauses = new RecentlyUsed<SeenClause>(CLAUSES_MAX);

  /** What is known for a plan. A clause that was seen when there were fewer documents is taken to have grown with them. */
  hintsFor(collectionId: string, { clauses, searched }: MatchPlan): Hints {
    const collection = this.collections.get(collectionId);
    return {
      documents: collection?.documents ?? null,
      fields: searched.map(({ field }) => collection?.fields.get(field) ?? null),
      frequencies: clauses.map((clause) => {
        const seen = collection && this.clauses.get(keyOf(collectionId, clause));
        if (collection === undefined || seen === undefined) return null;
        if (seen.documents === collection.documents || seen.documents === 0) return seen.frequency;
        return seen.frequency * (collection.documents / seen.documents);
      }),
    };
  }

  /** Remembers the exact statistics of a whole collection. */
  learn(collectionId: string, { clauses, searched }: MatchPlan, statistics: Statistics): void {
    const { documents, fields, frequencies } = statistics;
    const seen =
      this.collections.get(collectionId)?.fields ?? new Map<string, Statistics["fields"][number]>();
    searched.forEach(({ field }, index) => {
      const totals = fields[index];
      if (totals !== undefined) seen.set(field, totals);
    });
    this.collections.set(collectionId, { documents, fields: seen });
    clauses.forEach((clause, index) => {
      const key = keyOf(collectionId, clause);
      if (key.length > CLAUSE_LENGTH_MAX) return;
      this.clauses.set(key, { frequency: frequencies[index] ?? 0, documents });
    });
  }
}

/** The same for clauses that match the same documents, whatever they are to a query. */
function keyOf(collectionId: string, { kind, fields }: Clause): string {
  return `${collectionId} ${JSON.stringify([kind, fields.map(({ field, terms }) => [field, ...terms])])}`;
}
