/**
 * Brings documents that were indexed under an older declaration under the one that holds now, a bounded piece at a time: the
 * next documents of an outdated segment become a segment of their own, and are deleted in the old one. Nothing of it is a
 * write: no version changes, and the log says nothing of it.
 */
import { fieldsOfType, type Fields } from "../../core/collection.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { hasBit } from "./bitmap.ts";
import { buildSegment, planOrdinals } from "./build.ts";
import type { ColumnModule } from "./column-contract.ts";
import { REFRESH_DOCUMENTS_MAX, REFRESH_TEXT_MAX } from "./limits.ts";
import { LiveSegment } from "./live.ts";
import type { Manifest } from "./manifest.ts";
import type { Segment } from "./segment.ts";
import type { SegmentStore } from "./store.ts";

/** What a segment is built with. */
export interface BuildSetting<C> {
  store: SegmentStore;
  fields: Fields;
  columns: ColumnModule<C>;
}

/**
 * Writes the next documents of a segment into a new one of this number, and marks them as deleted where they were. Returns
 * how many there were: with 0, no segment was written. Part of the caller's transaction.
 */
export function refreshDocuments<C>(setting: BuildSetting<C>, outdated: Segment<C>, number: number): number {
  const live = new LiveSegment(setting.fields, setting.columns.createLive(setting.fields));
  for (let ordinal = 0; ordinal < outdated.documents && hasRoom(live); ordinal++) {
    if (hasBit(outdated.deleted, ordinal)) continue;
    const json = outdated.textOf(ordinal);
    const value = JSON.parse(json) as JsonObject; // a document that was put
    live.analyse(value);
    live.add({ id: outdated.idOf(ordinal), version: outdated.versionOf(ordinal), json, value });
    outdated.delete(ordinal);
  }
  const { sources, documents } = planOrdinals<C>([live]);
  if (documents > 0) for (const _ of buildSegment({ ...setting, number, sources, documents }));
  return documents;
}

/** The manifest after that, with the segment replaced when it has become empty. */
export function refreshedManifest(
  manifest: Manifest,
  outdated: number,
  { isEmpty, refreshed }: { isEmpty: boolean; refreshed: number },
): Manifest {
  const kept = isEmpty ? manifest.segments.filter((other) => other !== outdated) : manifest.segments;
  return {
    ...manifest,
    segments: refreshed > 0 ? [...kept, manifest.nextSegment] : kept,
    outdated: manifest.outdated.filter((other) => !isEmpty || other !== outdated),
    nextSegment: manifest.nextSegment + 1,
    replaced: isEmpty ? [...manifest.replaced, outdated] : manifest.replaced,
  };
}

function hasRoom({ documents, text, full }: { documents: number; text: number; full: boolean }): boolean {
  return documents < REFRESH_DOCUMENTS_MAX && text < REFRESH_TEXT_MAX && !full;
}

/** What of a declaration segments depend on: a segment with another is outdated. */
export function declarationOf(fields: Fields): string {
  const text = fieldsOfType(fields, "text");
  const others = Object.keys(fields).filter((name) => !text.includes(name));
  return JSON.stringify([
    text.toSorted().map((name) => [name, fields[name]?.language ?? ""]),
    others.toSorted().map((name) => [name, fields[name]?.type]),
  ]);
}

/** The manifest after another declaration: all segments are outdated, as to what was declared since the oldest was written. */
export function redeclared(manifest: Manifest, declaration: string): Manifest {
  const { segments, outdated, outdatedFields, declaration: before } = manifest;
  const since = outdated.length > 0 ? outdatedFields : [];
  return {
    ...manifest,
    declaration,
    outdated: [...segments],
    outdatedFields: [...new Set([...since, ...declaredSince(before, declaration)])],
  };
}

/** The fields of a declaration that another one lacks, or has otherwise. */
function declaredSince(before: string, after: string): string[] {
  const known = new Set(before === "" ? [] : entriesOf(before).map((entry) => JSON.stringify(entry)));
  return entriesOf(after)
    .filter((entry) => !known.has(JSON.stringify(entry)))
    .map(([name]) => name);
}

function entriesOf(declaration: string): [name: string, kind: string][] {
  return (JSON.parse(declaration) as [string, string][][]).flat(); // `declarationOf`'s writing
}
