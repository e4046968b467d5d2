/**
 * The certificate of facets: whether leaves' most frequent values tell the collection's, and what to ask again where they do
 * not. Pure. The first question is for few values; the second for those that may be among the first, by name, as in the last
 * phase of TPUT (Cao, Wang: "Efficient Top-K Query Calculation in Distributed Networks", 2004), and for as many others as
 * a leaf can answer at all. After that a facet is exact, or says by how much it may not be.
 */
import {
  isCertain,
  mostFrequent,
  shortOf,
  type FacetPartial,
  type FacetRequest,
} from "../../core/query/facets.ts";

/** Values that are asked for by name at most: the question is a message to every leaf. */
const VALUES_ASKED_MAX = 1_000;

/** The request that settles a facet as far as it can be; undefined: it is settled, or there is no more to be had. */
export function facetAgain(request: FacetRequest, partial: FacetPartial): FacetRequest | undefined {
  // Intervals and ranges are all answered, as far as a leaf answers any.
  if (request.kind !== "values" || isCertain(partial, request.limit)) return undefined;
  const { counts } = partial;
  const first = mostFrequent(counts, request.limit);
  const least = first.length < request.limit ? 0 : (first.at(-1)?.[1] ?? 0);
  const most = [...counts.keys()]
    .map((value) => [value, (counts.get(value) ?? 0) + shortOf(partial, value)] as const)
    .filter(([, count]) => count >= least);
  return { ...request, again: mostFrequent(new Map(most), VALUES_ASKED_MAX).map(([value]) => value) };
}
