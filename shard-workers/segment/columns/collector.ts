/** All facets and aggregations of one search in one leaf: its `SegmentQuery.collect`. */
import type { Fields } from "../../../core/collection.ts";
import type { AggregationRequest } from "../../../core/query/aggregation-request.ts";
import type { AggregationPartial } from "../../../core/query/aggregations.ts";
import { facetPartial, type FacetPartial, type FacetRequest } from "../../../core/query/facets.ts";
import type { Bitmap } from "../column-contract.ts";
import { createAggregator, type Aggregator } from "./aggregate.ts";
import { ordinalsOf } from "./bitmap.ts";
import type { ColumnView } from "./column.ts";
import { FacetCounter } from "./facets.ts";

export class Collector {
  private readonly requests: readonly FacetRequest[];
  private readonly counters: FacetCounter[];
  private readonly aggregators: Aggregator[];

  constructor(fields: Fields, facets: readonly FacetRequest[], aggregations: readonly AggregationRequest[]) {
    this.requests = facets;
    this.counters = facets.map((request) => new FacetCounter(request));
    this.aggregators = aggregations.map((request) => createAggregator(request, fields));
  }

  /** Takes a segment's matches: each segment once. The view has to stay readable until `aggregations` is called. */
  collect(view: ColumnView, matches: Bitmap): void {
    if (this.counters.length + this.aggregators.length === 0) return;
    const ordinals = ordinalsOf(matches);
    for (const counter of this.counters) counter.add(view, ordinals);
    for (const aggregator of this.aggregators) aggregator.add(view, ordinals);
  }

  /** A partial for each facet, in the order of the requests. */
  facets(): FacetPartial[] {
    return this.requests.map((request, index) =>
      facetPartial(request, this.counters[index]?.result() ?? new Map()),
    );
  }

  /** A partial for each aggregation, in the order of the requests. Called once. */
  aggregations(): AggregationPartial[] {
    return this.aggregators.map((aggregator) => aggregator.result());
  }
}
