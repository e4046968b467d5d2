/**
 * Writes a new segment: the live one's (a flush) or several segments' without their deleted documents (a merge). Goes
 * through everything once, part by part, and pauses often, so that a merge can be spread over many turns; it holds a
 * number a document, a field's lengths and one term's postings, never a whole source.
 */
import { fieldsOfType, type Fields } from "../../core/collection.ts";
import { hasBit } from "./bitmap.ts";
import { compareToRange } from "./bytes.ts";
import type { ColumnModule, ColumnSource, Part } from "./column-contract.ts";
import { DictionaryWriter } from "./dictionary.ts";
import { encodeHeader, type FieldHeader } from "./header.ts";
import { bytesOf, IdWriter } from "./ids.ts";
import { PartWriter, StreamWriter } from "./parts.ts";
import type { TermWalk } from "./postings.ts";
import { PostingsWriter } from "./postings-writer.ts";
import type { Lengths, Searchable } from "./searchable.ts";
import { encodeVersions, fieldPart } from "./segment.ts";
import type { SegmentStore } from "./store.ts";
import { DocumentWriter, WordSampler } from "./stored-documents.ts";

/** A segment that goes into a new one. */
export interface BuildSource<C> extends ColumnSource<C> {
  segment: Searchable<C>;
}

export interface BuildInput<C> {
  store: SegmentStore;
  /** The new segment's number. */
  number: number;
  fields: Fields;
  columns: ColumnModule<C>;
  sources: BuildSource<C>[];
  /** Documents of the new segment. */
  documents: number;
}

/** Documents, or postings and a share for each term, between two pauses: about 20 ms. */
const PAUSE_DOCUMENTS = 1024;
const PAUSE_POSTINGS = 65_536;
const POSTINGS_A_TERM = 16;

/** Where the documents of these segments go in a new one: one after another, without the deleted. */
export function planOrdinals<C>(segments: Searchable<C>[]): { sources: BuildSource<C>[]; documents: number } {
  let documents = 0;
  const sources = segments.map((segment) => {
    const newOrdinals = new Int32Array(segment.documents).fill(-1);
    for (let ordinal = 0; ordinal < segment.documents; ordinal++) {
      const deleted = ((segment.deleted[ordinal >>> 5] ?? 0) & (1 << (ordinal & 31))) !== 0;
      if (!deleted) newOrdinals[ordinal] = documents++;
    }
    return { segment, columns: segment.columns, documents: segment.documents, newOrdinals };
  });
  return { sources, documents };
}

/** The places in the new segment of documents that were deleted in a source since it was planned. */
export function deletedSince<C>({ segment, newOrdinals }: BuildSource<C>): number[] {
  return [...newOrdinals].filter(
    (newOrdinal, ordinal) => newOrdinal >= 0 && hasBit(segment.deleted, ordinal),
  );
}

/** Writes the segment's rows, in whatever transaction the caller has. Yields where it may pause. */
export function* buildSegment<C>(input: BuildInput<C>): Generator<undefined, void> {
  const writer = new PartWriter(input.store, input.number);
  const emit = (part: Part): void => writer.add(part);
  const text = yield* writeDocuments(input, emit);
  const fields: FieldHeader[] = [];
  for (const [index, name] of fieldsOfType(input.fields, "text").entries()) {
    fields.push(yield* writeField(input, name, fieldPart(index), emit));
  }
  for (const part of input.columns.encode(input.fields, input.documents, input.sources)) {
    if (part !== undefined) writer.add(part);
    yield;
  }
  writer.finish(() => encodeHeader({ documents: input.documents, text, fields, parts: writer.directory }));
}

function* survivors<C>({
  sources,
}: BuildInput<C>): Generator<[Searchable<C>, ordinal: number, newOrdinal: number]> {
  for (const { segment, newOrdinals } of sources) {
    for (let ordinal = 0; ordinal < newOrdinals.length; ordinal++) {
      const newOrdinal = newOrdinals[ordinal] ?? -1;
      if (newOrdinal >= 0) yield [segment, ordinal, newOrdinal];
    }
  }
}

/** Counts the words of a sample of the documents. */
function* sampleWords<C>(input: BuildInput<C>, text: number): Generator<undefined, WordSampler> {
  const sampler = new WordSampler(text);
  let since = 0;
  for (const [segment, ordinal] of survivors(input)) {
    if (!sampler.wants) continue;
    sampler.add(segment, ordinal);
    if (++since % PAUSE_DOCUMENTS === 0) yield;
  }
  return sampler;
}

/** Ids, versions and texts; returns the texts' length, about. */
function* writeDocuments<C>(input: BuildInput<C>, emit: (part: Part) => void): Generator<undefined, number> {
  const text = input.sources.reduce((sum, source) => sum + source.segment.text, 0);
  const ids = new IdWriter(input.documents, emit);
  const versions = new Float64Array(input.documents);
  const documents = new DocumentWriter(yield* sampleWords(input, text), emit);
  for (const [segment, ordinal, newOrdinal] of survivors(input)) {
    ids.add(segment.idOf(ordinal));
    versions[newOrdinal] = segment.versionOf(ordinal);
    documents.add(segment, ordinal);
    if (newOrdinal % PAUSE_DOCUMENTS === PAUSE_DOCUMENTS - 1) yield;
  }
  documents.finish();
  emit({ name: "versions", bytes: encodeVersions(versions) });
  yield;
  ids.finish();
  const all = input.sources.reduce((sum, source) => sum + source.documents, 0);
  return Math.ceil((text * input.documents) / all);
}

/** A field's lengths and postings. */
function* writeField<C>(
  input: BuildInput<C>,
  name: string,
  part: string,
  emit: (part: Part) => void,
): Generator<undefined, FieldHeader> {
  const { lengths, ...header } = mergeLengths(input, name);
  emit({ name: `${part}/lengths`, bytes: bytesOf(lengths) });
  const postings = new StreamWriter(`${part}/postings`, emit);
  const positions = new StreamWriter(`${part}/positions`, emit);
  const writer = new PostingsWriter(postings, positions);
  const dictionary = new DictionaryWriter(part, emit);
  let sincePause = 0;
  for (const walks of mergedTerms(input, name)) {
    for (const { walk, newOrdinals } of walks) sincePause += copyPostings(walk, newOrdinals, lengths, writer);
    const entry = writer.end();
    const term = walks[0]?.walk.term;
    if (entry !== undefined && term !== undefined) dictionary.add(term, entry);
    sincePause += POSTINGS_A_TERM;
    if (sincePause > PAUSE_POSTINGS) {
      sincePause = 0;
      yield;
    }
  }
  postings.finish();
  positions.finish();
  dictionary.finish();
  return { name, ...header, indexBytes: dictionary.indexBytes };
}

function mergeLengths<C>(
  { sources, documents }: BuildInput<C>,
  name: string,
): { lengths: Lengths; lengthMax: number; documents: number; length: number } {
  const lengths = new Uint32Array(documents);
  let lengthMax = 0;
  let having = 0;
  let sum = 0;
  for (const { segment, newOrdinals } of sources) {
    const old = segment.field(name)?.lengths;
    if (old === undefined) continue;
    for (let ordinal = 0; ordinal < newOrdinals.length; ordinal++) {
      const newOrdinal = newOrdinals[ordinal] ?? -1;
      const length = old[ordinal] ?? 0;
      if (newOrdinal < 0 || length === 0) continue;
      lengths[newOrdinal] = length;
      lengthMax = Math.max(lengthMax, length);
      having += 1;
      sum += length;
    }
  }
  return {
    lengths: lengthMax > 0xffff ? lengths : Uint16Array.from(lengths),
    lengthMax,
    documents: having,
    length: sum,
  };
}

interface SourceWalk {
  walk: TermWalk;
  newOrdinals: Int32Array;
}

/** The terms of all sources in order, each with the walks that stand at it; good until the next one. */
function* mergedTerms<C>(input: BuildInput<C>, name: string): Generator<SourceWalk[]> {
  let open = input.sources.flatMap(({ segment, newOrdinals }): SourceWalk[] => {
    const walk = segment.field(name)?.walk();
    return walk?.next() === true ? [{ walk, newOrdinals }] : [];
  });
  const least: SourceWalk[] = [];
  while (open.length > 0) {
    for (const source of open) {
      const order = compareWalks(source, least[0]);
      if (order < 0) least.length = 0;
      if (order <= 0) least.push(source);
    }
    yield least;
    for (const source of least.splice(0)) {
      if (!source.walk.next()) open = open.filter((other) => other !== source);
    }
  }
}

function compareWalks({ walk }: SourceWalk, other: SourceWalk | undefined): number {
  if (other === undefined) return 0;
  const { term } = other.walk;
  return compareToRange(walk.term, term, 0, term.length);
}

/** Copies a term's postings of documents that stay; returns how many there were. */
function copyPostings(
  walk: TermWalk,
  newOrdinals: Int32Array,
  lengths: Lengths,
  writer: PostingsWriter,
): number {
  const postings = walk.postings();
  while (postings.next()) {
    postings.decodeOrdinals();
    postings.decodeFrequencies();
    for (let index = 0; index < postings.count; index++) {
      const ordinal = newOrdinals[postings.ordinals[index] ?? 0] ?? -1;
      if (ordinal < 0) continue;
      postings.copyPositions(index, writer.positions);
      writer.add(ordinal, postings.frequencies[index] ?? 0, lengths[ordinal] ?? 0);
    }
  }
  return postings.documents;
}
