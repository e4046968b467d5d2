/** Aggregations over a leaf's segments, into partials that merge with other leaves'. */
import type { Fields } from "../../../core/collection.ts";
import type { AggregationRequest } from "../../../core/query/aggregation-request.ts";
import type { AggregationPartial } from "../../../core/query/aggregations.ts";
import { createSummarizer, type Summarizer } from "../../../core/query/summarizers.ts";
import { precisionOf } from "../../../core/query/summaries.ts";
import { hasCutTexts, type ColumnView } from "./column.ts";
import { addValues, numbersOf } from "./document-values.ts";
import { isoDate } from "./facets.ts";
import { GroupAggregator } from "./group-aggregator.ts";
import { countCodes, isMemorable } from "./slots.ts";

/** Works one aggregation out, segment after segment. */
export interface Aggregator {
  /** Takes the documents with these ordinals. The segment may be read again until the result is asked for. */
  add(view: ColumnView, ordinals: Uint32Array): void;
  result(): AggregationPartial;
}

export function createAggregator(request: AggregationRequest, fields: Fields): Aggregator {
  const { by } = request;
  if (by === undefined) return new WholeAggregator(request);
  return new GroupAggregator(request, by, fields[by]?.type === "date" ? isoDate : (value) => value);
}

class WholeAggregator implements Aggregator {
  private readonly field: string;
  private readonly summarizer: Summarizer;

  constructor({ kind, field }: AggregationRequest) {
    this.field = field;
    this.summarizer = createSummarizer(kind, precisionOf(false));
  }

  add(view: ColumnView, ordinals: Uint32Array): void {
    const column = view.columns.column(this.field);
    if (column === undefined) return;
    const { table } = column;
    if (table.kind !== "raw" && isMemorable(table, ordinals.length) && !hasCutTexts(table)) {
      // Each value once, with how often it is there.
      const counts = countCodes(column, table.size, ordinals);
      for (let code = 1; code <= table.size; code++) {
        const times = counts[code] ?? 0;
        if (times > 0) this.summarizer.add(table.at(code), times);
      }
      return;
    }
    const numbers = numbersOf(column, ordinals);
    if (numbers === undefined) addValues(view, this.field, column, ordinals, () => [this.summarizer]);
    else this.summarizer.addNumbers(numbers.numbers);
  }

  result(): AggregationPartial {
    return { summary: this.summarizer.summary() };
  }
}
