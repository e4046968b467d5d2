/** The workerd process with both sides, and calls of their methods. */
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

export const SIDES = ["engine", "fts"] as const;
export type Side = (typeof SIDES)[number];

export interface Workerd {
  miniflare: Miniflare;
  /** Calls a leaf's method; `T` is what that method returns, which worker.ts says. */
  call: <T>(side: Side, method: string, ...parameters: unknown[]) => Promise<T>;
}

/** Made once: what one process writes another one reads. */
const bundle = await build({
  entryPoints: [join(import.meta.dirname, "worker.ts")],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
});

/** Starts it on a folder, with what is there already. `inspected`: memory can be looked at, which costs speed. */
export async function startWorkerd(folder: string, inspected: boolean): Promise<Workerd> {
  const options = convertV4MiniflareOptions({
    ...(inspected && { inspectorPort: 0 }),
    workers: [
      {
        name: "bench",
        modules: [{ type: "ESModule", path: "worker.js", contents: bundle.outputFiles[0]?.text ?? "" }],
        compatibilityDate: "2026-10-30",
        durableObjects: {
          ENGINE: { className: "EngineLeaf", useSQLite: true },
          FTS: { className: "FtsLeaf", useSQLite: true },
        },
      },
    ],
  });
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: folder });
  const base = String(await miniflare.ready);
  return {
    miniflare,
    call: async <T>(side: Side, method: string, ...parameters: unknown[]): Promise<T> => {
      const response = await fetch(new URL(`/${side}/${method}`, base).href, {
        method: "POST",
        body: JSON.stringify(parameters),
      });
      if (!response.ok) throw new Error(`${side}/${method}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}
