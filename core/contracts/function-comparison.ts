/** Two versions of a function over the same events or documents, side by side; nothing is delivered. */
import type { CloudEvent, JsonValue } from "../cloudevents/event.ts";
import type { FunctionKind } from "./functions.ts";

/** `reduce` is compared by nobody: what it is given, `map` alone can make. */
export type ComparedKind = Exclude<FunctionKind, "reduce">;

/** What is run: an event, or a document. `id` is by what the answer names it. */
export type ComparedItem = { id: string; event: CloudEvent } | { id: string; document: object };

/** A part of a comparison: as many items as go into one call. */
export interface ComparisonRequest {
  name: string;
  /** The two versions. */
  a: string;
  b: string;
  /**
   * `decorate` takes each item as an event, a document as the data of one; `handle` each document as its input; `map` each document
   * by itself, with `input`.
   */
  kind: ComparedKind;
  items: ComparedItem[];
  input?: JsonValue;
  /** Of `decorate`: the step's options. */
  options?: object;
}

/** A place where two results differ, and what each has there: JSON that may be cut off; null: nothing. */
export interface ValueDifference {
  path: string;
  a: string | null;
  b: string | null;
}

/** An item of which the versions make different things. */
export interface ItemDifference {
  id: string;
  differences: ValueDifference[];
}

/** How one version fared. */
export interface VersionRuns {
  version: string;
  /** Items that came to an error, rejections included. */
  errors: number;
  /** Events that it filtered. */
  filtered: number;
  /** Milliseconds of all its calls together, as they were waited for. */
  ms: number;
  /** Loop turns and function entries. */
  steps: number;
}

/** What is told of one part; parts are added up. */
export interface ComparisonPart {
  a: VersionRuns;
  b: VersionRuns;
  compared: number;
  different: number;
  /** The first of those that differ. */
  items: ItemDifference[];
}

/** Items that one part may hold: a batch of a function's calls, and far from what an RPC message holds. */
export const COMPARED_PART_MAX = 100;

/** Items of one comparison. */
export const COMPARED_MAX = 1_000;

/** Items that differ, of which is told how. */
export const DIFFERENCES_TOLD_MAX = 20;
