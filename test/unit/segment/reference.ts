/** What the engine is to do, written to be obviously right: every question is answered by reading every document. */
import { analyzeTerms } from "../../../core/analysis/analyze.ts";
import type { Fields } from "../../../core/collection.ts";
import type { MatchPlan, SearchPlan, Statistics } from "../../../core/contracts/search.ts";
import { fieldValues, type JsonObject } from "../../../core/document/values.ts";
import { Scorer } from "../../../core/query/bm25.ts";
import type { Clause } from "../../../core/query/parse-query.ts";
import { compareHits, type SortValue } from "../../../core/query/sort.ts";

export interface ReferenceDocument {
  id: string;
  version: number;
  json: string;
  value: JsonObject;
}

export interface ReferenceHit {
  id: string;
  score: number;
  sort: SortValue[];
}

export class Reference {
  readonly documents = new Map<string, ReferenceDocument>();
  readonly fields: Fields;
  private readonly analysed = new WeakMap<ReferenceDocument, Map<string, string[][]>>();

  constructor(fields: Fields) {
    this.fields = fields;
  }

  put(document: ReferenceDocument): void {
    this.documents.set(document.id, document);
  }

  delete(id: string): boolean {
    return this.documents.delete(id);
  }

  statistics(plan: MatchPlan): Statistics {
    const all = [...this.documents.values()];
    return {
      documents: all.length,
      fields: plan.searched.map(({ field }) => {
        const lengths = all.map((document) => this.lengthOf(document, field)).filter((length) => length > 0);
        return { documents: lengths.length, length: lengths.reduce((sum, length) => sum + length, 0) };
      }),
      frequencies: plan.clauses.map(
        (clause) => all.filter((document) => this.matches(document, clause, plan)).length,
      ),
    };
  }

  search(
    plan: MatchPlan & Pick<SearchPlan, "statistics" | "sort" | "limit" | "after">,
    filter: (value: JsonObject) => boolean = () => true,
  ): { hits: ReferenceHit[]; total: number; next: ReferenceHit | undefined; ids: string[] } {
    const found = [...this.documents.values()].filter(
      (document) => this.isWanted(document, plan) && filter(document.value),
    );
    const hits = found
      .map((document): ReferenceHit => {
        const score = this.score(document, plan);
        const sort = plan.sort.map(({ field }) =>
          field === "_score" ? score : field === "id" ? document.id : Number(document.value[field] ?? 0),
        );
        return { id: document.id, score, sort };
      })
      .filter((hit) => plan.after === undefined || compareHits(hit, plan.after, plan.sort) > 0)
      .toSorted((a, b) => compareHits(a, b, plan.sort));
    return {
      hits: hits.slice(0, plan.limit),
      total: found.length,
      next: hits[plan.limit],
      ids: found.map(({ id }) => id).toSorted(),
    };
  }

  /** A field's values as lists of terms. */
  private valuesOf(document: ReferenceDocument, field: string): string[][] {
    const known = this.analysed.get(document) ?? new Map<string, string[][]>();
    this.analysed.set(document, known);
    let values = known.get(field);
    if (values === undefined) {
      const language = this.fields[field]?.language;
      values = fieldValues(document.value, field, "text").map((text) => analyzeTerms(String(text), language));
      known.set(field, values);
    }
    return values;
  }

  private lengthOf(document: ReferenceDocument, field: string): number {
    return this.valuesOf(document, field).flat().length;
  }

  private frequency(document: ReferenceDocument, clause: Clause, field: string): number {
    let count = 0;
    for (const entry of clause.fields) {
      if (entry.field !== field) continue;
      for (const terms of this.valuesOf(document, field)) {
        terms.forEach((_, start) => {
          const found = entry.terms.every((wanted, index) => {
            const term = terms[start + index];
            return clause.kind === "prefix" && entry.whole !== true
              ? term?.startsWith(wanted) === true
              : term === wanted;
          });
          if (found) count += 1;
        });
      }
    }
    return count;
  }

  private matches(document: ReferenceDocument, clause: Clause, plan: MatchPlan): boolean {
    return plan.searched.some(({ field }) => this.frequency(document, clause, field) > 0);
  }

  private isWanted(document: ReferenceDocument, plan: MatchPlan): boolean {
    const of = (occur: Clause["occur"]) => plan.clauses.filter((clause) => clause.occur === occur);
    const holds = (clause: Clause) => this.matches(document, clause, plan);
    if (of("not").some(holds)) return false;
    if (of("must").length > 0) return of("must").every(holds);
    return of("should").length === 0 || of("should").some(holds);
  }

  private score(document: ReferenceDocument, plan: MatchPlan & Pick<SearchPlan, "statistics">): number {
    if (plan.statistics === undefined) return 0;
    const scorer = new Scorer(plan.statistics, plan);
    let score = 0;
    plan.clauses.forEach((clause, index) => {
      if (clause.occur === "not" || !this.matches(document, clause, plan)) return;
      let weight = 0;
      plan.searched.forEach(({ field }, place) => {
        const frequency = this.frequency(document, clause, field);
        if (frequency > 0) weight += scorer.fieldWeight(place, frequency, this.lengthOf(document, field));
      });
      score += scorer.clauseScore(index, weight);
    });
    return score;
  }
}
