/** A function's version: a hash of its code, so that the same code is the same version, wherever and whenever it is uploaded. */
import type { FunctionSpec } from "../contracts/functions.ts";

/** 16 hexadecimal digits of SHA-256 over the main module's path and every module's path and text. */
export async function versionHash({
  main,
  modules,
}: Pick<FunctionSpec, "main" | "modules">): Promise<string> {
  const entries = Object.entries(modules).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bytes = new TextEncoder().encode(JSON.stringify([main, entries]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
