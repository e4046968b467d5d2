/** Blocks in memory, in front of their rows. Whatever is here can be dropped at any time and read again. */
import { BLOCKS_CACHED_MAX } from "./limits.ts";
import {
  acceptedBatch,
  blockDueAt,
  decodeProgress,
  encodeProgress,
  type Batch,
  type Block,
} from "./progress.ts";
import { blockOf, type JournalStore } from "./store.ts";

export class Blocks {
  private readonly store: JournalStore;
  /** The one used last stands last. */
  private readonly cache = new Map<number, Block>();

  constructor(store: JournalStore) {
    this.store = store;
  }

  /** The block; without batches if the log has no rows of it. Load another only when this one has been saved. */
  load(number: number): Block {
    const block = this.cache.get(number) ?? this.read(number);
    this.cache.delete(number);
    this.cache.set(number, block);
    if (this.cache.size > BLOCKS_CACHED_MAX) this.forget(this.cache.keys().next().value);
    return block;
  }

  save(block: Block): void {
    const newestAt = Math.max(...[...block.batches.values()].map(({ acceptedAt }) => acceptedAt));
    this.store.saveBlock(block.number, blockDueAt(block), newestAt, block.settled, encodeProgress(block));
  }

  /** Tells of a log row that has just been appended. */
  appended(batch: Batch): void {
    this.cache.get(blockOf(batch.sequence))?.batches.set(batch.sequence, batch);
  }

  /** To be called when a block is gone, or when a transaction that changed blocks was rolled back (no number: all). */
  forget(number?: number): void {
    if (number === undefined) this.cache.clear();
    else this.cache.delete(number);
  }

  private read(number: number): Block {
    const batches = new Map<number, Batch>();
    for (const { sequence, acceptedAt, count, listeners } of this.store.rowsOfBlock(number)) {
      batches.set(sequence, acceptedBatch(sequence, acceptedAt, count, listeners));
    }
    const row = this.store.blockRow(number);
    const block: Block = { number, batches, settled: row?.settled ?? { delivered: 0, filtered: 0, dead: 0 } };
    if (row !== undefined) decodeProgress(block, row.progress);
    return block;
  }
}
