/** From a stored function to what the loader starts. */
import type { FunctionRef, StoredFunction } from "../contracts/functions.ts";
import { FUEL_MODULE, HARNESS_VERSION, PLATFORM_MODULE, harnessModule } from "./harness.ts";
import { INSTRUMENT_VERSION, instrument } from "./instrument.ts";
import { HARNESS_FOLDER, USER_FOLDER } from "./layout.ts";
import { CPU_MAX_MS } from "./limits.ts";

/** The runtime's date that functions are written for. Another is another isolate, and a decision. */
export const FUNCTION_COMPATIBILITY_DATE = "2026-10-30";

/**
 * The id under which a version's isolate is kept warm: the same as long as what runs in it is. With the name, since two functions
 * of the same code are not to share what it remembers.
 */
export function isolateId({ name, version }: Required<FunctionRef>): string {
  return [
    name,
    version,
    `h${HARNESS_VERSION}`,
    `i${INSTRUMENT_VERSION}`,
    FUNCTION_COMPATIBILITY_DATE,
    `cpu${CPU_MAX_MS}`,
  ].join("-");
}

export type FunctionCode = Pick<StoredFunction, "main" | "modules">;

export function workerCode({ main, modules }: FunctionCode): WorkerLoaderWorkerCode {
  const mainModule = `${HARNESS_FOLDER}/harness.js`;
  return {
    compatibilityDate: FUNCTION_COMPATIBILITY_DATE,
    // Nothing of Node but what keeps calls apart, which only the harness can import.
    compatibilityFlags: ["no_nodejs_compat", "no_nodejs_compat_v2", "nodejs_als", "disallow_importable_env"],
    limits: { cpuMs: CPU_MAX_MS, subRequests: 0 },
    mainModule,
    modules: {
      [mainModule]: harnessModule(main),
      [`${HARNESS_FOLDER}/fuel.js`]: FUEL_MODULE,
      [`${HARNESS_FOLDER}/umbel.js`]: PLATFORM_MODULE,
      ...Object.fromEntries(
        Object.entries(modules).map(([path, code]) => [`${USER_FOLDER}/${path}`, instrument(path, code)]),
      ),
    },
    env: {},
    globalOutbound: null,
  };
}
