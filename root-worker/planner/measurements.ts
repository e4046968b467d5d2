/**
 * What this isolate has seen of collections' leaves, from the reports that every search brings anyway: nothing is asked for it. Another
 * isolate has seen others; a plan says how many calls it stands on.
 */
import type { LeafAttempt, LeafReport } from "../../core/contracts/search.ts";
import { ObservedLatencies } from "../../core/planner/observed-latencies.ts";
import { verdictOn } from "../../core/scatter/verdict.ts";

/** Collections that are remembered: 5 KB each. */
const COLLECTIONS_MAX = 64;

/** How much the newest search counts in the overhead a leaf. */
const NEWEST_WEIGHT = 0.02;

export interface Measured {
  latencies: ObservedLatencies;
  /** Calls that were sent, without those that nobody waits for; and those of them that failed by the leaf's fault. */
  calls: number;
  failures: number;
  searches: number;
  /** What a search takes beyond its slowest leaf, a leaf. */
  overheadMs: number;
  /** By shard, the documents that its leaf held last. */
  documents: Map<number, number>;
}

export class Measurements {
  private readonly collections = new Map<string, Measured>();

  /**
   * Takes up one scatter, which took so long, from its reports. `isWhole`: all leaves were asked; of one that asked a part of them, most of what it took
   * beyond them is the root's own, and says nothing of what a leaf more costs.
   */
  record(collectionId: string, reports: readonly LeafReport[], tookMs: number, isWhole = true): void {
    if (reports.length === 0) return;
    const measured = this.of(collectionId) ?? none();
    this.collections.delete(collectionId);
    this.collections.set(collectionId, measured);
    const [oldest] = this.collections.keys();
    if (this.collections.size > COLLECTIONS_MAX && oldest !== undefined) this.collections.delete(oldest);
    for (const { shard, part, attempts, documents, failed } of reports) {
      // A term leaf is numbered as a shard, and has terms of all documents.
      if (failed === undefined && part === undefined) measured.documents.set(shard, documents);
      for (const attempt of attempts) take(measured, attempt);
    }
    if (!isWhole) return;
    const slowestMs = Math.max(...reports.map(({ endMs }) => endMs));
    const overheadMs = Math.max(0, tookMs - slowestMs) / reports.length;
    measured.searches += 1;
    const weight = Math.max(NEWEST_WEIGHT, 1 / measured.searches);
    measured.overheadMs += weight * (overheadMs - measured.overheadMs);
  }

  of(collectionId: string): Measured | undefined {
    return this.collections.get(collectionId);
  }
}

function none(): Measured {
  return {
    latencies: new ObservedLatencies(),
    calls: 0,
    failures: 0,
    searches: 0,
    overheadMs: 0,
    documents: new Map(),
  };
}

function take(measured: Measured, { kind, startMs, endMs, state, code }: LeafAttempt): void {
  if (kind === "canary") return;
  measured.calls += 1;
  if (state === "failed") {
    if (code !== undefined && verdictOn(code).blame) measured.failures += 1;
    return;
  }
  measured.latencies.record(endMs - startMs, state === "answered");
}

/** Of this isolate. */
export const measurements = new Measurements();
