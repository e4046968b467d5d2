/** From values to summaries: a leaf's side of an aggregation. */
import type { AggregationKind } from "./aggregation-request.ts";
import { addDistinct, noDistinct, type DistinctPrecision } from "./distinct.ts";
import { ExactSum } from "./exact-sum.ts";
import { addNumber, noQuantiles } from "./quantiles.ts";
import { extreme, type Precision, type Summary } from "./summaries.ts";

/** Takes values, and makes their summary. */
export interface Summarizer {
  /** A value, and how often: finite numbers, dates as epoch milliseconds; other values for `count` and `distinct`. */
  add(value: string | number | boolean, times: number): void;
  /** Many numbers at once; NaN is none. */
  addNumbers(numbers: Float64Array): void;
  summary(): Summary;
}

export function createSummarizer(kind: AggregationKind, precision: Precision): Summarizer {
  switch (kind) {
    case "count":
      return new CountSummarizer();
    case "min":
      return new ExtremeSummarizer("least");
    case "max":
      return new ExtremeSummarizer("greatest");
    case "sum":
    case "avg":
      return new SumSummarizer();
    case "distinct":
      return new DistinctSummarizer(precision.distinct);
    case "percentiles":
      return new QuantileSummarizer(precision.quantileValuesMax);
  }
}

class CountSummarizer implements Summarizer {
  private count = 0;

  add(_value: unknown, times: number): void {
    this.count += times;
  }

  addNumbers(numbers: Float64Array): void {
    for (const number of numbers) if (!Number.isNaN(number)) this.count++;
  }

  summary(): Summary {
    return { kind: "count", count: this.count };
  }
}

class ExtremeSummarizer implements Summarizer {
  private readonly kind: "least" | "greatest";
  private count = 0;
  private value: number | null = null;

  constructor(kind: "least" | "greatest") {
    this.kind = kind;
  }

  add(value: string | number | boolean, times: number): void {
    this.count += times;
    this.value = extreme(this.kind, this.value, Number(value));
  }

  addNumbers(numbers: Float64Array): void {
    let least = Infinity;
    let greatest = -Infinity;
    let count = 0;
    for (const number of numbers) {
      if (Number.isNaN(number)) continue;
      if (number < least) least = number;
      if (number > greatest) greatest = number;
      count++;
    }
    if (count > 0) this.add(this.kind === "least" ? least : greatest, count);
  }

  summary(): Summary {
    return { kind: this.kind, count: this.count, value: this.value };
  }
}

class SumSummarizer implements Summarizer {
  private count = 0;
  private readonly sum = new ExactSum();

  add(value: string | number | boolean, times: number): void {
    this.count += times;
    this.sum.add(Number(value), times);
  }

  addNumbers(numbers: Float64Array): void {
    for (const number of numbers) {
      if (Number.isNaN(number)) continue;
      this.count++;
      this.sum.add(number);
    }
  }

  summary(): Summary {
    return { kind: "sum", count: this.count, sum: this.sum.units() };
  }
}

class DistinctSummarizer implements Summarizer {
  private readonly precision: DistinctPrecision;
  private count = 0;
  private readonly state = noDistinct();

  constructor(precision: DistinctPrecision) {
    this.precision = precision;
  }

  add(value: string | number | boolean, times: number): void {
    this.count += times;
    addDistinct(this.state, value, this.precision);
  }

  addNumbers(numbers: Float64Array): void {
    for (const number of numbers) if (!Number.isNaN(number)) this.add(number, 1);
  }

  summary(): Summary {
    return { kind: "distinct", count: this.count, state: this.state };
  }
}

class QuantileSummarizer implements Summarizer {
  private readonly valuesMax: number;
  private readonly state = noQuantiles();

  constructor(valuesMax: number) {
    this.valuesMax = valuesMax;
  }

  add(value: string | number | boolean, times: number): void {
    addNumber(this.state, Number(value), times, this.valuesMax);
  }

  addNumbers(numbers: Float64Array): void {
    for (const number of numbers) {
      if (!Number.isNaN(number)) addNumber(this.state, number, 1, this.valuesMax);
    }
  }

  summary(): Summary {
    return { kind: "quantiles", count: this.state.count, state: this.state };
  }
}
