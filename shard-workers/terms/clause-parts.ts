/** Which leaves have a part in a query's clauses, and what the leaf that ranks makes of clauses whose parts come from others. Pure. */
import type { MatchPlan } from "../../core/contracts/search.ts";
import type { TermOwnership } from "../../core/term-ownership.ts";
import type { Clause, FieldTerms } from "../../core/query/parse-query.ts";
import { ownerOf } from "../segment/term-owner.ts";

/** A term of a phrase whose terms no leaf owns alone: its postings are needed with their places. */
export interface PhraseTerm {
  clause: number;
  /** The place among the clause's fields, and that of the term there. */
  entry: number;
  index: number;
}

/** A clause's parts. */
export interface ClauseParts {
  clause: number;
  /** Leaves that can say by themselves where some of the clause's entries match, rising. */
  evaluators: number[];
  /** By leaf, what of phrases it owns. */
  phraseTerms: Map<number, PhraseTerm[]>;
}

export function partsOf({ clauses }: Pick<MatchPlan, "clauses">, ownership: TermOwnership): ClauseParts[] {
  return clauses.map((clause, index) => {
    const evaluators = new Set<number>();
    const phraseTerms = new Map<number, PhraseTerm[]>();
    for (const [entry, terms] of clause.fields.entries()) {
      const owners = ownersOf(clause, terms, ownership);
      if (!isSplit(clause, terms, ownership)) {
        for (const leaf of owners) evaluators.add(leaf);
        continue;
      }
      for (const [at, leaf] of owners.entries()) {
        const own = phraseTerms.get(leaf) ?? [];
        own.push({ clause: index, entry, index: at });
        phraseTerms.set(leaf, own);
      }
    }
    return { clause: index, evaluators: [...evaluators].toSorted((a, b) => a - b), phraseTerms };
  });
}

/** The leaves that have a part in any clause, rising. */
export function involvedLeaves(parts: readonly ClauseParts[]): number[] {
  const leaves = parts.flatMap(({ evaluators, phraseTerms }) => [...evaluators, ...phraseTerms.keys()]);
  return [...new Set(leaves)].toSorted((a, b) => a - b);
}

/** Whether all of a clause is one leaf's, so that this leaf knows in how many documents it is. */
export function onlyLeaf({ evaluators, phraseTerms }: ClauseParts): number | undefined {
  return evaluators.length === 1 && phraseTerms.size === 0 ? evaluators[0] : undefined;
}

/** Whether an entry's terms are looked up as beginnings, which any leaf may have words for. */
function isPrefix(clause: Clause, { terms, whole }: FieldTerms): boolean {
  return clause.kind === "prefix" && whole !== true && terms.length === 1;
}

/** Term by term, or for a prefix all leaves. */
function ownersOf(clause: Clause, entry: FieldTerms, ownership: TermOwnership): number[] {
  if (isPrefix(clause, entry)) return Array.from({ length: ownership.leaves }, (_, leaf) => leaf);
  return entry.terms.map((term) => ownerOf(entry.field, term, ownership));
}

/** Whether an entry is a phrase of which several leaves have terms. */
function isSplit(clause: Clause, entry: FieldTerms, ownership: TermOwnership): boolean {
  return !isPrefix(clause, entry) && new Set(ownersOf(clause, entry, ownership)).size > 1;
}

/**
 * Names that stand for lists that came from other leaves, where a plan has terms. No term of a text has the character that they
 * begin with.
 */
export function listName(clause: number, leaf: number): string {
  return `\u0000${clause}/${leaf}`;
}

export function phraseTermName({ clause, entry, index }: PhraseTerm): string {
  return `\u0000${clause}/${entry}/${index}`;
}

/** The plan as one leaf can run it, once it has the others' lists under their names. */
export function planAt<P extends Pick<MatchPlan, "clauses">>(
  home: number,
  plan: P,
  parts: readonly ClauseParts[],
  ownership: TermOwnership,
): P {
  const clauses = plan.clauses.map((clause, index): Clause => {
    const others = parts[index]?.evaluators.filter((leaf) => leaf !== home) ?? [];
    const own = clause.fields.flatMap((entry, place) =>
      ownEntry(clause, index, entry, place, { home, ownership }),
    );
    const fields = [...new Set(clause.fields.map(({ field }) => field))];
    const shipped = others.flatMap((leaf) =>
      fields.map((field): FieldTerms => ({ field, terms: [listName(index, leaf)], whole: true })),
    );
    return { ...clause, fields: [...own, ...shipped] };
  });
  return { ...plan, clauses };
}

/** What is left of an entry for the leaf that ranks to look up. */
function ownEntry(
  clause: Clause,
  index: number,
  entry: FieldTerms,
  place: number,
  { home, ownership }: { home: number; ownership: TermOwnership },
): FieldTerms[] {
  const owners = ownersOf(clause, entry, ownership);
  if (!isSplit(clause, entry, ownership)) return owners.includes(home) ? [entry] : [];
  const terms = entry.terms.map((term, at) =>
    owners[at] === home ? term : phraseTermName({ clause: index, entry: place, index: at }),
  );
  return [{ ...entry, terms }];
}
