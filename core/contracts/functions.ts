/** Users' functions as they are declared, kept and told of. */
import type { JsonValue } from "../cloudevents/event.ts";

/** What a function may be, by the names that its main module exports. `map` and `reduce` come together. */
export const FUNCTION_KINDS = ["decorate", "map", "reduce", "handle"] as const;
export type FunctionKind = (typeof FUNCTION_KINDS)[number];

/** What is done when no module is named: this one is imported. */
export const FUNCTION_MAIN = "index.js";

/** What a user uploads. */
export interface FunctionSpec {
  /** ES modules by their paths, which imports are relative to. */
  modules: { [path: string]: string };
  /** The module whose exports are the function. */
  main: string;
  examples?: FunctionExample[];
}

/** What a function is to do, told before it does anything; it runs at every upload. */
export type FunctionExample = DecorateExample | ReduceExample | HandleExample;

export interface DecorateExample {
  /** An event (attributes that make no difference may be left out), or the data of one. */
  given: object;
  /** The step's options, as the function finds them in `context.options`. */
  with?: object;
  /** In the same form what it becomes, or a list of that; null: nothing; `{rejects: "…"}`: a part of the error. */
  expect: object | null;
}

export interface ReduceExample {
  /** What `map` is given, in several groupings: the result has to be the same for each. */
  documents: object[];
  input?: JsonValue;
  expect: JsonValue;
}

export interface HandleExample {
  input: JsonValue;
  /** The result, or `{rejects: "…"}`: a part of the error. */
  expect: JsonValue;
}

/** What an upload measured. Nothing of it is refused; what is over an edge's means is named. */
export interface FunctionFitness {
  /** How it suits an edge that runs it for each event or document: `heavy` has its reasons. */
  verdict: "fit" | "heavy" | "unmeasured";
  reasons: string[];
  /** The most steps that a call took, and the median of the calls' time from outside. */
  stepsMax?: number;
  callMs?: number;
}

/** A version of a function without its code. */
export interface FunctionSummary {
  name: string;
  /** Hash of `main` and `modules`, 16 hexadecimal digits: the same code has the same version. */
  version: string;
  main: string;
  kinds: FunctionKind[];
  /** Of all modules together, in UTF-8. */
  codeBytes: number;
  moduleCount: number;
  fitness: FunctionFitness;
  /** When this version was first uploaded, and when the function was. */
  createdAt: string;
  /** When this version last became the current one. */
  activatedAt: string;
  /** Whether `function:name` means it. */
  current: boolean;
}

/** A version of a function with everything that it was uploaded with. */
export interface StoredFunction extends FunctionSummary {
  modules: { [path: string]: string };
  examples: FunctionExample[];
}

/** What the Catalog is given to keep: checked by whoever asks it to. */
export interface FunctionDeclaration extends FunctionSpec {
  version: string;
  kinds: FunctionKind[];
  fitness: FunctionFitness;
}

/** Which function: `function:name` is its current version, `function:name@version` that one. */
export interface FunctionRef {
  name: string;
  version?: string;
}

/** Percents that total 100, by version: who takes part is decided by a key, the same way every time. */
export type FunctionSplit = { [version: string]: number };

/** Versions that are kept of each function; those that a pipeline names are kept beyond. */
export const FUNCTION_VERSIONS_MAX = 100;

export const FUNCTION_EXAMPLES_MAX = 50;
