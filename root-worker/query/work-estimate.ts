/**
 * What a search is likely to cost a leaf that holds everything, and over how many leaves it is worth dividing. Pure. What words match is found in
 * each range anew, which takes a leaf as long for a part as for all; so only work that goes document by document is divided: filters,
 * facets, aggregations, orders other than by score. Where that is less than a few calls to leaves, one leaf does it all.
 */
import type { SearchPlan } from "../../core/contracts/search.ts";
import type { WorkCall } from "../../core/scatter/work-sharing.ts";
import { SLOT_COUNT } from "../../core/slots.ts";

/** Nanoseconds a document, on one machine and 117,791 glosses of WordNet: what is far from it is learnt (`WorkPace.factor`). */
const NS = {
  /** An interval or a range; a field of few values takes less, one of very many three times as much. */
  facet: 60,
  aggregation: 60,
  /** With `by`. */
  groups: 400,
  sort: 40,
  /** By fields' values, or document by document. */
  filter: 50,
  /** Patterns in texts, of which columns keep the beginnings alone. */
  pattern: 1_000,
};

/** Below this a search is not divided: one more call to a leaf takes about as long as a quarter of it. */
const DIVIDED_MS_MIN = 20;

/** A leaf more is worth it for this much at least: a call to it, and matching once more. */
const LEAF_MS_MIN = 8;

/** A range takes this long at least, and is an eighth of a leaf's fair share at least: that is what handing out costs at most. */
const RANGE_MS_MIN = 4;
const RANGES_A_LEAF_MAX = 8;

/** What `map` takes a document at least, in ns, the way to its isolate included (`npm run bench:map-reduce`): the rest is learnt. */
const MAP_NS = 3_000;

/**
 * Ranges of a scatter, about: each is a partial result of up to a million characters that the root has in memory, as it has one of
 * each branch else. And each has most of a leaf's blocks opened, in which documents are not in the order of their slots.
 */
const SCATTER_RANGES_MAX = 24;
const SCATTER_RANGES_A_LEAF_MAX = 4;

/** Before anything is known of a function: a leaf's ranges, and what one leaf may take for all. */
const UNKNOWN_RANGES_A_LEAF = 2;
const UNKNOWN_MS = 1_000;

export interface Division {
  lanes: number;
  slotsMin: number;
  msASlot: number;
}

/** What a leaf takes for the part of a search that can be divided, in ms, by what others took; 0: there is none. */
export function dividableMs(
  { facets, aggregations, filter, sort }: Pick<SearchPlan, "facets" | "aggregations" | "filter" | "sort">,
  documents: number,
): number {
  const groups = aggregations.filter(({ by }) => by !== undefined).length;
  const filterNs = filter === undefined ? 0 : /\blike\b/i.test(filter) ? NS.pattern : NS.filter;
  const isSorted = sort.some(({ field }) => field !== "_score" && field !== "id");
  const ns =
    facets.length * NS.facet +
    (aggregations.length - groups) * NS.aggregation +
    groups * NS.groups +
    filterNs +
    (isSorted ? NS.sort : 0);
  return (documents * ns) / 1e6;
}

/** How to divide work that would take one leaf so long; undefined: not at all. */
export function divisionOf(
  workMs: number,
  leaves: number,
  rangesALeafMax = RANGES_A_LEAF_MAX,
): Division | undefined {
  if (leaves < 2 || workMs < DIVIDED_MS_MIN) return undefined;
  const lanes = Math.min(leaves, Math.floor(workMs / LEAF_MS_MIN));
  const least = Math.max(1 / (rangesALeafMax * lanes), RANGE_MS_MIN / workMs);
  return { lanes, slotsMin: Math.ceil(SLOT_COUNT * least), msASlot: workMs / SLOT_COUNT };
}

/** What a leaf takes to run a function over so many documents, in ms, at least. */
export function functionMs(documents: number): number {
  return (documents * MAP_NS) / 1e6;
}

/** How to divide a scatter that would take one leaf so long; undefined: not at all. `workMs` undefined: nobody knows. */
export function functionDivisionOf(workMs: number | undefined, leaves: number): Division | undefined {
  const division =
    workMs === undefined
      ? divisionOf(UNKNOWN_MS, leaves, UNKNOWN_RANGES_A_LEAF)
      : divisionOf(workMs, leaves, SCATTER_RANGES_A_LEAF_MAX);
  if (division === undefined) return undefined;
  return { ...division, slotsMin: Math.max(division.slotsMin, Math.ceil(SLOT_COUNT / SCATTER_RANGES_MAX)) };
}

/** What a slot takes by calls for ranges of different lengths: the slope through them, which leaves out what any call takes. */
export function msASlotOf(calls: readonly WorkCall[]): number {
  const points = calls.flatMap(({ state, span, sentAt, endedAt }) =>
    state === "answered" ? [{ slots: span.to - span.from, ms: endedAt - sentAt }] : [],
  );
  const mean = (value: (point: { slots: number; ms: number }) => number): number =>
    points.reduce((sum, point) => sum + value(point), 0) / Math.max(1, points.length);
  const [slots, ms] = [mean((point) => point.slots), mean((point) => point.ms)];
  const spread = mean((point) => (point.slots - slots) ** 2);
  const together = mean((point) => (point.slots - slots) * (point.ms - ms));
  return spread === 0 ? ms / Math.max(1, slots) : Math.max(0, together / spread);
}
