/**
 * What Durable Objects use, counted where it is used: each counts its own requests, alarms among them, the time it is at
 * work, and the rows of every statement. So each is counted once, whoever asked and whatever became of the answer.
 */
import type { MetricsApi } from "../contracts/metrics.ts";
import { meter, sendMetricsFromObject } from "./isolate-meter.ts";
import { seriesKey } from "./series.ts";

/** What is used for: the labels of what is billed. */
export type UsageKind = "collection" | "topic" | "pipeline" | "platform";

interface Used {
  requests: number;
  ms: number;
  rowsRead: number;
  rowsWritten: number;
}

const NAMES = {
  requests: "umbel_durable_object_requests_total",
  seconds: "umbel_durable_object_seconds_total",
  rowsRead: "umbel_rows_read_total",
  rowsWritten: "umbel_rows_written_total",
} as const;

/** One for each Durable Object. */
export class ObjectUsage {
  private readonly kind: UsageKind;
  private readonly send: () => void;
  /** The series, once it is known whose they are. They are named once, since rows are counted by the statement. */
  private keys: Record<keyof typeof NAMES, string> | undefined;
  private owner: { kind: UsageKind; name: string } | undefined;
  /** What was used before that was known. */
  private early: Used = { requests: 0, ms: 0, rowsRead: 0, rowsWritten: 0 };
  private running = 0;
  private busySince = 0;

  constructor(
    kind: UsageKind,
    ctx: Pick<ExecutionContext, "waitUntil">,
    catalog: Pick<MetricsApi, "recordMetrics">,
  ) {
    this.kind = kind;
    this.send = () => sendMetricsFromObject(ctx, catalog);
  }

  /** From now on it is for this, and so is what was used before anything was known. */
  isOf(name: string, kind: UsageKind = this.kind): void {
    if (this.owner?.name === name && this.owner.kind === kind) return;
    const labels = { kind, name };
    this.owner = labels;
    this.keys = {
      requests: seriesKey(NAMES.requests, labels),
      seconds: seriesKey(NAMES.seconds, labels),
      rowsRead: seriesKey(NAMES.rowsRead, labels),
      rowsWritten: seriesKey(NAMES.rowsWritten, labels),
    };
    const { requests, ms, rowsRead, rowsWritten } = this.early;
    this.early = { requests: 0, ms: 0, rowsRead: 0, rowsWritten: 0 };
    meter().add(this.keys.requests, requests);
    meter().add(this.keys.seconds, ms / 1_000);
    this.rows(rowsRead, rowsWritten);
  }

  /** A statement's rows, or an alarm that was set, which is a row written. */
  rows(read: number, written: number): void {
    if (this.keys === undefined) {
      this.early.rowsRead += read;
      this.early.rowsWritten += written;
      return;
    }
    if (read > 0) meter().add(this.keys.rowsRead, read);
    if (written > 0) meter().add(this.keys.rowsWritten, written);
  }

  /** Runs a request. What requests share of the time is billed once. */
  async request<T>(serve: () => Promise<T>): Promise<T> {
    if (this.keys === undefined) this.early.requests += 1;
    else meter().add(this.keys.requests, 1);
    this.running += 1;
    if (this.running === 1) this.busySince = Date.now();
    try {
      return await serve();
    } finally {
      this.running -= 1;
      if (this.running === 0) this.worked(Date.now() - this.busySince);
      this.send();
    }
  }

  private worked(ms: number): void {
    if (this.keys === undefined) this.early.ms += ms;
    else if (ms > 0) meter().add(this.keys.seconds, ms / 1_000);
  }
}

/** A Durable Object that counts its requests. */
export interface MeteredObject {
  readonly usage: ObjectUsage;
}

/**
 * Has a class count what reaches its objects. `requests`: all methods that can be called from outside, `alarm` among them; as
 * a record, so that the type checker misses none of a contract's.
 */
export function meterRequests(
  { prototype }: { prototype: MeteredObject },
  requests: Readonly<Record<string, true>>,
): void {
  for (const name of Object.keys(requests)) {
    const served: unknown = Reflect.get(prototype, name);
    if (typeof served !== "function") throw new Error(`there is no method "${name}" to count`);
    Reflect.set(prototype, name, function counted(this: MeteredObject, ...args: unknown[]): Promise<unknown> {
      return this.usage.request(async () => Reflect.apply(served, this, args) as unknown);
    });
  }
}
