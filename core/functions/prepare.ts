/** An upload, from what the user sent to what is kept: checked, loaded, run over its examples, judged. */
import {
  FUNCTION_KINDS,
  type FunctionDeclaration,
  type FunctionKind,
  type FunctionSpec,
  type StoredFunction,
} from "../contracts/functions.ts";
import { failure, type Failure } from "../errors.ts";
import { checkCode, sayError } from "./check-code.ts";
import { checkFunctionExamples } from "./check-examples.ts";
import { fitnessOf } from "./fitness.ts";
import { FunctionHost } from "./function-host.ts";
import { REQUEST_SLOTS } from "./limits.ts";
import { versionHash } from "./version-hash.ts";

/**
 * What the Catalog is to keep. `invalid-function` for code that does not parse, load, or export what it should;
 * `failed-examples`; the limits' own codes. Errors name module and line: `modules.index.js:3`.
 */
export async function prepareFunction(
  name: string,
  spec: FunctionSpec,
  loader: WorkerLoader,
): Promise<{ ok: true; declaration: FunctionDeclaration } | Failure> {
  const checked = checkCode(spec);
  if (!checked.ok) return checked;
  const version = await versionHash(spec);
  const ref = { name, version };
  const host = hostOf(ref, spec, loader);
  const loaded = await host.exportTypes(ref, FUNCTION_KINDS);
  if (!loaded.ok) {
    if (loaded.code !== "function-failed") return loaded;
    const path = loaded.module === undefined ? "" : `modules.${loaded.module}:${loaded.line}`;
    const error = { path, message: loaded.message };
    return failure("invalid-function", `It does not load: ${sayError(error)}`, [error]);
  }
  const kinds = kindsOf(loaded.types);
  if (typeof kinds === "string") {
    return failure("invalid-function", kinds, [{ path: `modules.${spec.main}`, message: kinds }]);
  }
  const { errors, calls } = await checkFunctionExamples(host, ref, kinds, spec.examples ?? []);
  if (errors.length > 0) return failure("failed-examples", errors.map(sayError).join("; "), errors);
  const { codeBytes, warnings } = checked;
  const fitness = fitnessOf({ codeBytes, warnings, loadMs: loaded.ms, calls });
  return { ok: true, declaration: { ...spec, version, kinds, fitness } };
}

/** The kinds that the exports make, or what is wrong with them. */
function kindsOf(types: readonly string[]): FunctionKind[] | string {
  const kinds: FunctionKind[] = [];
  for (const [index, kind] of FUNCTION_KINDS.entries()) {
    const type = types[index];
    if (type === "function") kinds.push(kind);
    else if (type !== "undefined") return `exports \`${kind}\`, which is no function (${type})`;
  }
  if (kinds.length === 0) return `exports none of ${FUNCTION_KINDS.map((kind) => `\`${kind}\``).join(", ")}`;
  if (kinds.includes("map") !== kinds.includes("reduce")) {
    const [has, lacks] = kinds.includes("map") ? ["map", "reduce"] : ["reduce", "map"];
    return `exports \`${has}\` without \`${lacks}\`: they come together`;
  }
  return kinds;
}

/** A host that knows this one version, which nobody keeps yet. */
function hostOf(
  ref: { name: string; version: string },
  spec: FunctionSpec,
  loader: WorkerLoader,
): FunctionHost {
  const now = new Date().toISOString();
  const candidate: StoredFunction = {
    ...ref,
    ...spec,
    kinds: [],
    codeBytes: 0,
    moduleCount: 0,
    fitness: fitnessOf({}),
    examples: [],
    createdAt: now,
    activatedAt: now,
    current: false,
  };
  return new FunctionHost({
    loader,
    slots: REQUEST_SLOTS,
    getFunction: async () => candidate,
    getFunctionSummary: async () => candidate,
  });
}
