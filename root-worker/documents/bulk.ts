/** A bulk write: documents come in one by one, go out in batches, and every failure is named by its place. */
import { ulid } from "ulidx";
import { generationOf, type Collection } from "../../core/collection.ts";
import { parseDocument, prepareDocument, refuseDocument, shapeFault } from "../../core/document/validate.ts";
import { writeOperations, type WriteServices } from "../../core/document/write-operations.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { failure, type ErrorCode, type Failure } from "../../core/errors.ts";
import { encodeBookmark } from "../bookmark.ts";
import type { DecorateDocuments } from "../decorate.ts";
import { idAt, idSeed } from "../idempotency-key.ts";

/** Documents and bytes of one batch: well under an RPC message's 32 MiB, and enough to spread over many shards. */
const BATCH_DOCUMENTS_MAX = 1_000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** Failures that are named; beyond these they are counted. A stream of a million bad lines needs no million rows. */
const FAILURES_MAX = 1_000;

const encoder = new TextEncoder();

export interface BulkFailure {
  line: number;
  id?: string;
  code: ErrorCode;
  message: string;
}

export interface BulkResult {
  written: number;
  failed: number;
  failures: BulkFailure[];
  /** Documents that the collection's pipeline filtered out. */
  filtered?: number;
  bookmark: string;
}

interface Pending {
  line: number;
  id: string;
  json: string;
}

export interface BulkOptions {
  /** What bookmarks are signed with. */
  secret: string;
  /** The collection's own pipeline, if it has one. */
  decorate?: DecorateDocuments | undefined;
  /** Documents without an id get one that follows from it. */
  idempotencyKey?: string | undefined;
}

export class BulkWriter {
  private readonly services: WriteServices;
  private readonly secret: string;
  /** As of the last batch: it may change while documents come in. */
  private collection: Collection;
  private readonly decorate: DecorateDocuments | undefined;
  private readonly idempotencyKey: string | undefined;
  /** Documents that are to go through the collection's pipeline. */
  private undecorated: { line: number; document: JsonObject }[] = [];
  private filtered = 0;
  private pending: Pending[] = [];
  private pendingBytes = 0;
  private written = 0;
  private failed = 0;
  private readonly failures: BulkFailure[] = [];
  private readonly sequences = new Map<number, number>();

  constructor(services: WriteServices, collection: Collection, options: BulkOptions) {
    const { secret, decorate } = options;
    this.idempotencyKey = options.idempotencyKey;
    this.services = services;
    this.secret = secret;
    this.collection = collection;
    this.decorate = decorate;
  }

  /** Takes the text of a document. `line` is its place in the input, from 1. */
  async addText(line: number, text: string): Promise<void> {
    const parsed = parseDocument(text);
    if (parsed.ok) await this.add(line, parsed.document);
    else this.fail(line, parsed);
  }

  /** Takes a document, and writes a batch when there are enough. */
  async add(line: number, value: unknown): Promise<void> {
    if (!isObject(value)) return this.fail(line, failure("invalid-document", "A document is a JSON object."));
    const { id, ...rest } = value;
    const given = id === undefined ? await this.newId(line, rest) : id;
    if (typeof given !== "string") return this.fail(line, failure("invalid-id", "An id is a string."));
    if (this.decorate === undefined) this.prepare(line, given, rest);
    else {
      // What is nested too deep would end the call that takes all of them to the pipeline.
      const refused = refuseDocument(rest, given);
      if (refused !== undefined) return this.refuse(line, refused, given);
      this.undecorated.push({ line, document: { id: given, ...rest } });
      this.pendingBytes += JSON.stringify(rest).length;
    }
    const waiting = this.pending.length + this.undecorated.length;
    if (waiting >= BATCH_DOCUMENTS_MAX || this.pendingBytes >= BATCH_BYTES_MAX) await this.flush();
  }

  private async newId(line: number, document: JsonObject): Promise<string> {
    // What is nested too deep can't be written as text, and is refused in any case.
    if (this.idempotencyKey === undefined || shapeFault(document) !== undefined) return ulid();
    const content = encoder.encode(JSON.stringify(document));
    return idAt(await idSeed(this.idempotencyKey, this.collection.id, content), line);
  }

  private prepare(line: number, given: string, rest: JsonObject): void {
    const prepared = prepareDocument(rest, given, this.collection.fields);
    if (!prepared.ok) return this.refuse(line, prepared, given);
    this.pending.push({ line, id: prepared.id, json: prepared.json });
    this.pendingBytes += prepared.json.length;
  }

  /** An id that can't be one is not repeated: it may be a megabyte, or move a terminal's cursor. */
  private refuse(line: number, refused: Failure, given: string): void {
    this.fail(line, refused, refused.code === "invalid-id" ? undefined : given);
  }

  /** Sends what waits for it through the collection's pipeline. */
  private async decorateAll(): Promise<void> {
    const waiting = this.undecorated;
    this.undecorated = [];
    if (waiting.length === 0 || this.decorate === undefined) return;
    const outcomes = await this.decorate(waiting.map(({ document }) => document));
    for (const [index, { line, document }] of waiting.entries()) {
      const outcome = outcomes[index] ?? failure("internal", "The pipeline did not answer.");
      const id = String(document["id"]);
      if (!outcome.ok) this.fail(line, outcome, id);
      else if (outcome.documents.length === 0) this.filtered += 1;
      else for (const { id: made = id, ...rest } of outcome.documents) this.prepare(line, String(made), rest);
    }
  }

  fail(line: number, { code, message }: Failure, id?: string): void {
    this.failed += 1;
    if (this.failures.length >= FAILURES_MAX) return;
    this.failures.push(id === undefined ? { line, code, message } : { line, id, code, message });
  }

  /** Writes what is pending. Batches follow one another, so that the last of two lines with one id wins. */
  async flush(): Promise<void> {
    await this.decorateAll();
    const batch = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    if (batch.length === 0) return;
    const { outcomes, sequences, collection } = await writeOperations(
      this.services,
      this.collection,
      batch.map(({ id, json }) => ({ kind: "put", id, json })),
    );
    if (!isSameLeaves(collection, this.collection)) this.sequences.clear();
    this.collection = collection;
    outcomes.forEach((outcome, index) => {
      const source = batch[index];
      if (outcome.ok) this.written += 1;
      else if (source !== undefined) this.fail(source.line, outcome, source.id);
    });
    for (const [shard, sequence] of sequences) this.sequences.set(shard, sequence);
  }

  /** What has become of everything so far. */
  async result(): Promise<BulkResult> {
    const { id, epoch } = this.collection;
    return {
      written: this.written,
      failed: this.failed,
      failures: this.failures.toSorted((a, b) => a.line - b.line),
      ...(this.filtered === 0 ? {} : { filtered: this.filtered }),
      bookmark: await encodeBookmark({ collection: id, epoch, sequences: this.sequences }, this.secret),
    };
  }
}

/** Whether what one says of a shard's sequence is about the same leaf as what the other says. */
function isSameLeaves(a: Collection, b: Collection): boolean {
  return a.id === b.id && generationOf(a) === generationOf(b);
}
