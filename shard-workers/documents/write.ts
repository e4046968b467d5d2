/** One write operation: its precondition, its effect, its outcome. A failed operation leaves its neighbours alone. */
import type { Fields } from "../../core/collection.ts";
import type { WriteOperation, WriteOutcome } from "../../core/contracts/documents.ts";
import { mergePatch } from "../../core/document/merge-patch.ts";
import { parseDocument, prepareDocument } from "../../core/document/validate.ts";
import { meetsCondition } from "../../core/document/version-condition.ts";
import { failure } from "../../core/errors.ts";
import type { LeafIndex } from "./leaf-index.ts";

/** Applies an operation to the index. The caller has begun a batch. */
export function applyOperation(
  operation: WriteOperation,
  index: LeafIndex,
  fields: Fields,
  nextVersion: () => number,
): WriteOutcome {
  const { id } = operation;
  const version = index.versionOf(id);
  if (!meetsCondition(operation.ifVersion, version)) {
    return failure("precondition-failed", `The document "${id}" does not have that version.`);
  }
  if (operation.kind === "put") return put(id, operation.json, version, index, nextVersion);
  if (version === undefined) return failure("unknown-document", `There is no document "${id}".`);
  if (operation.kind === "delete") {
    const deletedAt = nextVersion();
    index.delete(id, deletedAt);
    return { ok: true, id, version: deletedAt, created: false };
  }
  const patch = parseDocument(operation.json);
  const target = parseDocument(index.get(id)?.json ?? "");
  if (!patch.ok) return patch;
  if (!target.ok) return target;
  const patched = prepareDocument(mergePatch(target.document, patch.document), id, fields);
  return patched.ok ? put(id, patched.json, version, index, nextVersion) : patched;
}

function put(
  id: string,
  json: string,
  existing: number | undefined,
  index: LeafIndex,
  nextVersion: () => number,
): WriteOutcome {
  const parsed = parseDocument(json);
  if (!parsed.ok) return parsed;
  const version = nextVersion();
  index.put({ id, version, json, value: parsed.document });
  return { ok: true, id, version, created: existing === undefined };
}
