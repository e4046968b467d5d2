/** A host of functions that are kept in memory, in the runtime that functions run in. */
import type { StoredFunction } from "../../../../core/contracts/functions.ts";
import { FunctionHost, type FunctionReach } from "../../../../core/functions/function-host.ts";
import { versionHash } from "../../../../core/functions/version-hash.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env } = workerUnderTest<RootBindings, typeof import("../../../../root-worker/index.ts")>();

/** Its current version is the one that was added last. */
export interface MemoryFunctions extends FunctionReach {
  add(name: string, modules: string | Record<string, string>): Promise<string>;
}

export function memoryFunctions(): MemoryFunctions {
  const kept = new Map<string, StoredFunction[]>();
  const find = async (name: string, version?: string): Promise<StoredFunction | null> =>
    kept.get(name)?.findLast((each) => version === undefined || each.version === version) ?? null;
  return {
    loader: env.LOADER,
    slots: 4,
    currentTtlMs: 0,
    getFunction: find,
    getFunctionSummary: find,
    async add(name, given) {
      const modules = typeof given === "string" ? { "index.js": given } : given;
      const version = await versionHash({ modules, main: "index.js" });
      const createdAt = "2026-11-25T00:00:00.000Z";
      const stored: StoredFunction = {
        name,
        version,
        main: "index.js",
        modules,
        kinds: [],
        codeBytes: 0,
        moduleCount: 1,
        examples: [],
        fitness: { verdict: "unmeasured", reasons: [] },
        createdAt,
        activatedAt: createdAt,
        current: true,
      };
      kept.set(name, [...(kept.get(name) ?? []), stored]);
      return version;
    },
  };
}

/** A host with one function, named `f`. */
export async function hostOf(modules: string | Record<string, string>): Promise<FunctionHost> {
  const functions = memoryFunctions();
  await functions.add("f", modules);
  return new FunctionHost(functions);
}
