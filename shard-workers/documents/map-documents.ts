/**
 * A leaf's part of a scatter: documents go to `map` a batch at a time, and what comes back is reduced as it comes. Between two
 * batches the leaf serves whatever else there is.
 */
import type { Mapped } from "../../core/contracts/scatter.ts";
import type { Failure, Result } from "../../core/errors.ts";
import { Partials, type MapReduce } from "../../core/map-reduce/partials.ts";
import type { ScanBatch } from "../segment/scan.ts";

/**
 * What a batch holds, about: it is read in one turn, in which the leaf serves nothing else, and `map` has a second for it.
 * Below this, calls cost more than what they are for.
 */
export const BATCH_LIMITS = { documentsMax: 1_000, bytesMax: 256 * 1024 };

/** Where the documents come from. */
export interface BatchSource {
  /** The next batch, undefined after the last; or why there is no point in going on. Reads in one turn. */
  next(): Result<{ batch: ScanBatch | undefined }>;
  /** Until requests that have come meanwhile were let in. */
  letOthersIn(): Promise<void>;
}

/** Runs the function over all documents of the source. */
export async function mapDocuments(source: BatchSource, run: MapReduce): Promise<Result<Mapped>> {
  const partials = new Partials(run);
  let mapped = 0;
  let mapCalls = 0;
  const failed = await eachBatch(source, async (batch) => {
    mapped += batch.documents;
    mapCalls += 1;
    const answer = await run.map(batch.json);
    return answer.ok ? partials.add(answer.json) : answer;
  });
  if (failed !== undefined) return failed;
  const all = await partials.one();
  if (!all.ok) return all;
  const { partial } = all;
  return {
    ok: true,
    ...(partial === undefined ? {} : { partial }),
    mapped,
    functionCalls: mapCalls + partials.calls,
  };
}

async function eachBatch(
  source: BatchSource,
  run: (batch: ScanBatch) => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  for (;;) {
    const next = source.next();
    if (!next.ok) return next;
    if (next.batch === undefined) return undefined;
    // One batch after another: what a leaf has in memory of a scatter is one batch, and its partial results.
    const failed = await run(next.batch);
    if (failed !== undefined) return failed;
    await source.letOthersIn();
  }
}
