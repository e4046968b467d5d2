/** Makes a user's module count its steps. For now: as it is, but for the platform's own import. */
import { HARNESS_FOLDER, PLATFORM_IMPORT } from "./layout.ts";

export const INSTRUMENT_VERSION = 0;

export function instrument(_path: string, code: string): string {
  return code.replaceAll(`from "${PLATFORM_IMPORT}"`, `from "/${HARNESS_FOLDER}/umbel.js"`);
}
