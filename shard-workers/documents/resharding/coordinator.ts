/**
 * The coordinator of a collection's resharding: a Durable Object, named by the collection's id, whose alarm works on it for as long as there is
 * something to do. It keeps nothing but that id: where the resharding is, the Catalog knows.
 */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result } from "../../../core/errors.ts";
import { meterRequests, ObjectUsage } from "../../../core/metrics/object-usage.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";
import { leafStub, PRIMARY, type LeafApi } from "../leaf-stub.ts";
import { runPurge } from "../purge.ts";
import { ReshardDriver, type ReshardLeaves } from "./driver.ts";
import { ALARM_WORK_MS, MOVE_CALL_MS, RETRY_MAX_MS } from "./limits.ts";

/** An alarm has no name to go by. */
const COLLECTION_KEY = "collection";

export class ReshardCoordinator extends DurableObject<DocumentsBindings> {
  readonly usage: ObjectUsage;
  private driver: ReshardDriver | undefined;
  private isWorking = false;
  /** Somebody has called while it worked: what it has read of the Catalog may be older. */
  private isWoken = false;

  constructor(ctx: DurableObjectState, env: DocumentsBindings) {
    super(ctx, env);
    // What moves documents is the leaves' use, and theirs to count.
    this.usage = new ObjectUsage("platform", ctx, env.CATALOG);
    this.usage.isOf("resharding");
  }

  /** There is, or may be, something to do. */
  async wake(collectionId: string): Promise<void> {
    this.isWoken = true;
    if (this.isWorking) return;
    this.ctx.storage.kv.put(COLLECTION_KEY, collectionId);
    // The key, and the alarm.
    this.usage.rows(0, 2);
    await this.ctx.storage.setAlarm(Date.now());
  }

  override async alarm(): Promise<void> {
    this.usage.rows(1, 0);
    const collectionId = this.ctx.storage.kv.get<string>(COLLECTION_KEY);
    if (collectionId === undefined) return;
    this.driver ??= this.makeDriver(collectionId);
    this.isWorking = true;
    let waitMs: number | undefined;
    do {
      this.isWoken = false;
      waitMs = await this.work(this.driver);
    } while (this.isWoken && waitMs === undefined);
    this.isWorking = false;
    if (waitMs === undefined) return;
    this.usage.rows(0, 1);
    await this.ctx.storage.setAlarm(Date.now() + waitMs);
  }

  /** What throws here is the way to the Catalog: it is tried again, for as long as it takes. */
  private async work(driver: ReshardDriver): Promise<number | undefined> {
    try {
      return await driver.run(ALARM_WORK_MS);
    } catch (error) {
      console.error(JSON.stringify({ event: "reshard-failed", error: String(error) }));
      return RETRY_MAX_MS;
    }
  }

  private makeDriver(collectionId: string): ReshardDriver {
    return new ReshardDriver({
      collectionId,
      catalog: this.env.CATALOG,
      leaves: reshardLeaves(this.env),
      now: Date.now,
      sleep: async (ms) => {
        await scheduler.wait(ms);
      },
      log: (text) => console.log(text),
    });
  }
}

meterRequests(ReshardCoordinator, { wake: true, alarm: true });

/** The leaves, as the driver calls them. */
function reshardLeaves(env: DocumentsBindings): ReshardLeaves {
  const primary = (id: string, shard: number, generation: number | undefined): LeafApi =>
    leafStub(env, id, shard, PRIMARY, generation);
  return {
    moveIn: (ref, { source, target }) =>
      call(() => primary(ref.id, target, ref.generation).moveIn(ref, source)),
    fence: (ref, shard) => call(() => primary(ref.id, shard, ref.generation).fence(ref)),
    purge: (purge) =>
      attempt(async () => {
        await runPurge(env, purge);
        return { ok: true };
      }),
  };
}

async function call<T>(ask: () => Promise<Result<T>>): Promise<Result<T>> {
  return withinDeadline(MOVE_CALL_MS, attempt(ask));
}

/** A call whose failure is data. What it threw is logged here, and goes no further. */
async function attempt<T>(call: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await call();
  } catch (error) {
    console.error(JSON.stringify({ event: "reshard-call-failed", error: String(error) }));
    return failure("unavailable", "A leaf could not be reached.");
  }
}
