/** What functions have been used for, version by version: counted where they run, summed, told to one object a function. */
import type { FunctionKind } from "./functions.ts";

/** Calls of a function's export by their version, summed. */
export interface FunctionUse {
  name: string;
  version: string;
  kind: FunctionKind;
  /** Calls of a Dynamic Worker: a batch of events is one. */
  calls: number;
  /** What was given to them: events, documents, partials, inputs. */
  items: number;
  /** Items that came to an error, rejections included. */
  errors: number;
  /** Milliseconds that callers waited for them, all calls together. */
  ms: number;
}

/** What there is of it in all. */
export interface FunctionUseTotal extends FunctionUse {
  firstAt: string;
  lastAt: string;
}

/** Part of the Catalog's service, beside `CatalogApi`. */
export interface FunctionUsesApi {
  /** Adds to what functions have been used for. */
  addFunctionUses(uses: FunctionUse[]): Promise<void>;
  /** What a function has been used for, those versions first that were used last. */
  functionUses(name: string): Promise<FunctionUseTotal[]>;
}
