/** Patches of documents whose collection has a pipeline: what is stored has gone through it, however it was written. */
import type { Fields } from "../../core/collection.ts";
import type { PutOperation, StoredDocument, VersionCondition } from "../../core/contracts/documents.ts";
import { mergePatch } from "../../core/document/merge-patch.ts";
import { parseDocument, prepareDocument } from "../../core/document/validate.ts";
import { meetsCondition } from "../../core/document/version-condition.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { Problem } from "../problem.ts";

/** Somebody else has written in between so often that it is no longer chance: the sender may decide to go on. */
const ATTEMPTS_MAX = 5;

export interface PatchReach<T> {
  /** The document as it is now; a problem where there is none. */
  read: () => Promise<StoredDocument>;
  /** The one document that the pipeline makes of it; a problem where that is none or several. */
  decorate: (document: JsonObject) => Promise<JsonObject>;
  fields: Fields;
  /** Writes under the operation's condition; a problem `precondition-failed` where that does not hold. */
  write: (operation: PutOperation) => Promise<T>;
}

/**
 * Reads the document, patches it, takes the whole of it through the pipeline, and writes it if it still has the version that was
 * read; else from the beginning. `condition` is the caller's own: it is of the document that is read.
 */
export async function patchDecorated<T>(
  { read, decorate, fields, write }: PatchReach<T>,
  id: string,
  patch: JsonObject,
  condition: VersionCondition | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { version, json } = await read();
    if (!meetsCondition(condition, version)) {
      throw new Problem("precondition-failed", `The document "${id}" does not have that version.`);
    }
    const parsed = parseDocument(json);
    if (!parsed.ok) throw Problem.from(parsed);
    const { id: patchedId = id, ...patched } = mergePatch(parsed.document, patch);
    if (patchedId !== id) {
      throw new Problem("invalid-id", "The document's id is not the one that it is written under.");
    }
    const prepared = prepareDocument(await decorate(patched), id, fields);
    if (!prepared.ok) throw Problem.from(prepared);
    try {
      return await write({ kind: "put", id, json: prepared.json, ifVersion: version });
    } catch (error) {
      const isConflict = error instanceof Problem && error.code === "precondition-failed";
      if (!isConflict || (condition !== undefined && condition !== "*")) throw error;
      if (attempt === ATTEMPTS_MAX) {
        throw new Problem(
          "conflict",
          `The document "${id}" changed while its patch was decorated, each time.`,
        );
      }
    }
  }
}
