/** By what a Worker's tests reach it, with the types of that Worker. */
import { env, exports } from "cloudflare:workers";

/** A Worker's own exports, as a caller sees them: entrypoints are called over RPC, the default by fetch. */
type Loopback<Module> = {
  readonly [Name in keyof Module]: Module[Name] extends new (...args: never[]) => infer Entrypoint
    ? Entrypoint extends Rpc.WorkerEntrypointBranded
      ? Fetcher<Entrypoint>
      : never
    : Fetcher;
};

/**
 * The Worker under test: its bindings, and its exports.
 *
 * @example const { env, exports } = workerUnderTest<DocumentsBindings, typeof import("….ts")>();
 */
export function workerUnderTest<Bindings, Module>(): { env: Bindings; exports: Loopback<Module> } {
  // All Workers' tests are one program to the type checker, in which the pool's `env` and `exports` have one
  // type for all. Which Worker it is, only the test's folder says.
  return { env: env as unknown as Bindings, exports: exports as unknown as Loopback<Module> };
}
