/** Every hostile module: those that are not taken, and those that are. */
import { HOSTILE_CALLS } from "./hostile-calls.ts";
import type { HostileModule } from "./hostile-module.ts";
import { HOSTILE_UPLOADS } from "./hostile-uploads.ts";

export const HOSTILE_MODULES: readonly HostileModule[] = [...HOSTILE_UPLOADS, ...HOSTILE_CALLS];
