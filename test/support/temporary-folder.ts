/** Folders that are gone when the test file is done. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopsLater } from "./running.ts";

/** Makes an empty folder; what is in it is deleted after the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "umbel-"));
  // A Worker that has just been killed may still be writing: try again for a moment.
  stopsLater(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return folder;
}
