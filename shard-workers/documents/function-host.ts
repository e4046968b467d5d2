/** Users' functions, as leaves and branches run them. */
import { FunctionHost } from "../../core/functions/function-host.ts";

/** `slots`: how many different ones the platform lets run at a time. */
export function functionHost(env: DocumentsBindings, slots: number): FunctionHost {
  return new FunctionHost({
    loader: env.LOADER,
    getFunction: (name, version) => env.CATALOG.getFunction(name, version),
    getFunctionSummary: (name, version) => env.CATALOG.getFunctionSummary(name, version),
    slots,
  });
}
