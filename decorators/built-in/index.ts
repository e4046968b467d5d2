/** The decorators that come with Umbel. A new one is a file beside this, and a line here. */
import type { Decorator } from "../contract.ts";
import { defaults } from "./defaults.ts";

export const BUILT_IN: readonly Decorator[] = [defaults];
