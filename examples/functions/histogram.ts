/** How the values of a number field are spread: documents by bin, with the least and the greatest value. */
import type { Json, MapFunction, ReduceFunction } from "umbel";

interface Histogram {
  /** By the bin's lower end. */
  bins: Record<string, number>;
  count: number;
  /** Documents without the field. */
  without: number;
  min: number | null;
  max: number | null;
}

interface Input {
  field: string;
  /** How wide a bin is. */
  width: number;
}

export const map: MapFunction<Record<string, Json>, Histogram, Input> = (documents, { field, width }) => {
  if (typeof field !== "string" || !(width > 0))
    throw new Error("input is {field, width}, and width above 0");
  const histogram: Histogram = { bins: {}, count: 0, without: 0, min: null, max: null };
  for (const document of documents) {
    const value = document[field];
    if (typeof value !== "number") {
      histogram.without += 1;
      continue;
    }
    const bin = String(Math.floor(value / width) * width);
    histogram.bins[bin] = (histogram.bins[bin] ?? 0) + 1;
    histogram.count += 1;
    histogram.min = Math.min(histogram.min ?? value, value);
    histogram.max = Math.max(histogram.max ?? value, value);
  }
  return histogram;
};

export const reduce: ReduceFunction<Histogram, Input> = (partials) => {
  const histogram: Histogram = { bins: {}, count: 0, without: 0, min: null, max: null };
  for (const { bins, count, without, min, max } of partials) {
    for (const [bin, documents] of Object.entries(bins)) {
      histogram.bins[bin] = (histogram.bins[bin] ?? 0) + documents;
    }
    histogram.count += count;
    histogram.without += without;
    if (min !== null) histogram.min = Math.min(histogram.min ?? min, min);
    if (max !== null) histogram.max = Math.max(histogram.max ?? max, max);
  }
  return histogram;
};
