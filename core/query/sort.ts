/** The order of hits: by sort keys, then by id. One comparison for leaves, branches and the root. */

/** By which field; `_score` and `id` are fields of every document here. */
export interface SortKey {
  field: string;
  descending: boolean;
}

/** What a document is sorted by; null where it lacks the field. Dates are epoch milliseconds. */
export type SortValue = number | string | boolean | null;

export interface Sorted {
  id: string;
  sort: SortValue[];
}

export const BY_SCORE: readonly SortKey[] = [{ field: "_score", descending: true }];

/**
 * What scores have to do with an order: they are the order; nothing; or they decide among other keys, where no bound of
 * a score says who comes first.
 */
export function scoresIn(keys: readonly SortKey[]): "order" | "nothing" | "part" {
  if (!keys.some(({ field }) => field === "_score")) return "nothing";
  const [first, second] = keys;
  const falling = first?.field === "_score" && first.descending;
  return falling && (second === undefined || (second.field === "id" && !second.descending))
    ? "order"
    : "part";
}

/**
 * Negative when `a` comes first. Strings compare by UTF-16 code units, as `<` does in JavaScript. Documents without
 * the field come last, whichever the direction. Ties go by id, ascending, so that the order is total.
 */
export function compareHits(a: Sorted, b: Sorted, keys: readonly SortKey[]): number {
  for (let index = 0; index < keys.length; index++) {
    const order = compareValues(
      a.sort[index] ?? null,
      b.sort[index] ?? null,
      keys[index]?.descending === true,
    );
    if (order !== 0) return order;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function compareValues(a: SortValue, b: SortValue, descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const order = a < b ? -1 : 1;
  return descending ? -order : order;
}
