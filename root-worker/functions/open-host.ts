/** Users' functions as a request of the root reaches them. */
import { FunctionHost } from "../../core/functions/function-host.ts";
import { REQUEST_SLOTS } from "../../core/functions/limits.ts";
import type { RootEnv } from "../app.ts";

/** A request's own: it asks which version is current, so that what was just uploaded is what runs. */
export function openFunctionHost({ LOADER, CATALOG }: RootEnv): FunctionHost {
  return new FunctionHost({
    loader: LOADER,
    slots: REQUEST_SLOTS,
    currentTtlMs: 0,
    getFunction: (name, version) => CATALOG.getFunction(name, version),
    getFunctionSummary: (name, version) => CATALOG.getFunctionSummary(name, version),
  });
}
