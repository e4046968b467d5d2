/**
 * Drives a resharding: reads from the Catalog where it is, does the next bounded piece of it, reports what it has found. It remembers
 * nothing that it could not find out again, so that it can die at any point and begin anew.
 *
 * 1. Copy: each new leaf takes its documents from each old one, a piece at a time in turn, with pauses.
 * 2. Catch up: the same, for what the old leaves' logs have got meanwhile, without pauses, until a round finds little.
 * 3. Hand over, at one epoch: every old leaf takes no more writes; the new ones take the rest; the Catalog puts them in the others'
 *    place, if the epoch is still that one. What goes wrong calls it off: with the next epoch the old leaves take writes again.
 * 4. Drop: the old leaves' data is deleted. Undo: the new leaves' is.
 */
import { buildingRefOf, generationOf, refOf, type Collection } from "../../../core/collection.ts";
import type { CatalogApi, Purge } from "../../../core/contracts/catalog.ts";
import { isOver, type Building, type Resharding } from "../../../core/contracts/resharding.ts";
import type { CollectionRef } from "../../../core/contracts/search.ts";
import { isStale } from "../../../core/document/write-operations.ts";
import { failure, type ErrorCode, type Failure, type Result } from "../../../core/errors.ts";
import { evenSlotMap, partsBetween, type SlotPart } from "../../../core/slots.ts";
import {
  FAILURES_MAX,
  FIRST_PAUSE_MS_MAX,
  HAND_OVER_MS_MAX,
  LEAVES_AT_ONCE,
  LOOK_MS,
  PAUSE_MS_MAX,
  PAUSE_MS_MIN,
  PAUSE_SHARE,
  REPLICAS_LOOK_MS,
  REPLICAS_WAIT_MS,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
} from "./limits.ts";
import type { MoveProgress } from "./messages.ts";

/** What it moves; none of these rejects. */
export interface ReshardLeaves {
  /** Brings a new leaf, which `ref` means, a piece forward with what it takes from an old one. */
  moveIn(ref: CollectionRef, part: SlotPart): Promise<Result<MoveProgress>>;
  /** From then on an old leaf takes no writes at this epoch. */
  fence(ref: CollectionRef, shard: number): Promise<Result<object>>;
  purge(purge: Purge): Promise<Result<object>>;
}

export interface ReshardDriverSetting {
  collectionId: string;
  catalog: Pick<CatalogApi, "getReshardById" | "reportReshard" | "listPurges" | "confirmPurge">;
  leaves: ReshardLeaves;
  /** In ms. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: (text: string) => void;
}

/** A resharding with the leaves that it builds. */
interface Work extends Resharding {
  building: Building;
  parts: SlotPart[];
}

/** What passes by itself. Anything else is for somebody to look at. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "unavailable",
  "deadline-exceeded",
  "stale-epoch",
  "unknown-collection",
  "replica-behind",
  "cancelled",
]);

export class ReshardDriver {
  private readonly setting: ReshardDriverSetting;
  /** What each part has said last, of the generation that is built. */
  private progress = new Map<string, MoveProgress>();
  private generation = 0;
  /** Where the next round of pieces goes on. */
  private nextPart = 0;
  /** Since when the new leaves lag behind by little. */
  private closeSince: number | undefined;
  /** Failures in a row. */
  private failures = 0;
  /** What was last said to be going on. */
  private said = "";

  constructor(setting: ReshardDriverSetting) {
    this.setting = setting;
  }

  /** Works on for about this time. After how many ms it is to be called again; undefined: there is nothing to do. */
  async run(workMs: number): Promise<number | undefined> {
    const { collectionId, catalog, now } = this.setting;
    const endsAt = now() + workMs;
    do {
      const state = await catalog.getReshardById(collectionId);
      if (state === null || isOver(state.reshard) || state.reshard.paused) return undefined;
      this.say(state);
      const problem = await this.step(state);
      if (problem !== undefined) return this.afterFailure(state, problem);
      // To have caught up is no success where the hand-over fails each time: writes must not wait for that again and again.
      if (state.reshard.step !== "catch-up") this.failures = 0;
    } while (now() < endsAt);
    return 0;
  }

  /** Each step once, for whoever keeps the deployment. */
  private say({ collection: { name, epoch }, reshard: { step, from, to } }: Resharding): void {
    const text = JSON.stringify({ event: "reshard-step", collection: name, from, to, step, epoch });
    if (text !== this.said) this.setting.log(text);
    this.said = text;
  }

  private async step(state: Resharding): Promise<Failure | undefined> {
    const { collection, reshard } = state;
    if (reshard.step === "drop" || reshard.step === "undo") return this.drop(state);
    const { building } = collection;
    if (building === undefined) return undefined;
    if (this.generation !== building.generation) {
      this.generation = building.generation;
      this.progress = new Map();
      this.nextPart = 0;
      this.closeSince = undefined;
    }
    const parts = partsBetween(collection.slots, evenSlotMap(building.shards));
    const work = { ...state, building, parts };
    if (reshard.step === "hand-over") return this.handOver(work);
    return reshard.step === "copy" ? this.copy(work) : this.catchUp(work);
  }

  /** Pieces with pauses, until it is time to look at the Catalog again. */
  private async copy(work: Work): Promise<Failure | undefined> {
    const { now, sleep } = this.setting;
    const { parts, collection } = work;
    const lookAt = now() + LOOK_MS;
    while (now() < lookAt) {
      const part = this.takeTurn(parts);
      if (part === undefined) {
        await this.report({ kind: "copied", epoch: collection.epoch });
        break;
      }
      const beganAt = now();
      const pauseMsMax = this.progress.has(keyOf(part)) ? PAUSE_MS_MAX : FIRST_PAUSE_MS_MAX;
      const moved = await this.move(work, part);
      if (!moved.ok) return this.unlessStale(moved);
      await sleep(Math.min(pauseMsMax, Math.max(PAUSE_MS_MIN, (now() - beganAt) * PAUSE_SHARE)));
    }
    return this.tell(work);
  }

  /**
   * The next part that gets a piece: each in turn. Those that are whole get theirs too, while others are copied, so that the old leaves need
   * not keep their logs for long. Undefined: all are whole.
   */
  private takeTurn(parts: readonly SlotPart[]): SlotPart | undefined {
    if (parts.every((part) => this.progress.get(keyOf(part))?.whole === true)) return undefined;
    const part = parts[this.nextPart % parts.length];
    this.nextPart = (this.nextPart + 1) % parts.length;
    return part;
  }

  /** A round of pieces; where each part gets all that there is with one, the hand-over can begin. */
  private async catchUp(work: Work): Promise<Failure | undefined> {
    const { now, sleep } = this.setting;
    let isClose = true;
    let isReplicated = true;
    for (const part of work.parts) {
      const moved = await this.move(work, part);
      if (!moved.ok) return this.unlessStale(moved);
      isClose &&= moved.current;
      isReplicated &&= moved.replicated;
      await sleep(PAUSE_MS_MIN);
    }
    if (!isClose) this.closeSince = undefined;
    else this.closeSince ??= now();
    // Replicas serve nothing before they have all: until then the primaries would serve alone.
    const isReady = isReplicated || (this.closeSince ?? Infinity) + REPLICAS_WAIT_MS < now();
    if (isClose && isReady) await this.report({ kind: "caught-up", epoch: work.collection.epoch });
    else if (isClose) await sleep(REPLICAS_LOOK_MS);
    return this.tell(work);
  }

  private async handOver(work: Work): Promise<Failure | undefined> {
    const { collection } = work;
    const { epoch, name } = collection;
    const beganAt = this.setting.now();
    const endsAt = beganAt + HAND_OVER_MS_MAX;
    const ended = (await this.fenceAll(collection, endsAt)) ?? (await this.takeRest(work, endsAt));
    if ("ok" in ended) {
      await this.report({ kind: "hand-over-failed", epoch, problem: ended.message });
      return ended;
    }
    await this.report({ kind: "handed-over", epoch, floors: ended });
    const tookMs = this.setting.now() - beganAt;
    this.setting.log(JSON.stringify({ event: "reshard-handed-over", collection: name, tookMs }));
    return undefined;
  }

  private async fenceAll(collection: Collection, endsAt: number): Promise<Failure | undefined> {
    const ref = refOf(collection);
    const shards = Array.from({ length: collection.shards }, (_, shard) => shard);
    return sideBySide(shards, async (shard) => {
      if (this.setting.now() > endsAt) return late();
      const fenced = await this.setting.leaves.fence(ref, shard);
      return fenced.ok ? undefined : fenced;
    });
  }

  /** The new leaves take what is left. Answers the sequence that each has reached, or why not. */
  private async takeRest(work: Work, endsAt: number): Promise<Record<number, number> | Failure> {
    const floors: Record<number, number> = {};
    const byTarget = Map.groupBy(work.parts, ({ target }) => target);
    const failed = await sideBySide([...byTarget], async ([target, parts]) => {
      for (const part of parts) {
        for (let isCurrent = false; !isCurrent;) {
          if (this.setting.now() > endsAt) return late();
          const moved = await this.move(work, part);
          if (!moved.ok) return moved;
          isCurrent = moved.current;
          floors[target] = moved.sequence;
        }
      }
      return undefined;
    });
    return failed ?? floors;
  }

  private async move(
    { collection, building }: Pick<Work, "collection" | "building">,
    part: SlotPart,
  ): Promise<Result<MoveProgress>> {
    const moved = await this.setting.leaves.moveIn(buildingRefOf(collection, building), part);
    if (moved.ok) this.progress.set(keyOf(part), moved);
    return moved;
  }

  /** The data of leaves that do not serve the collection. */
  private async drop({ collection, reshard: { generation } }: Resharding): Promise<Failure | undefined> {
    const { catalog, leaves } = this.setting;
    for (const purge of await catalog.listPurges()) {
      if (purge.collectionId !== collection.id || generationOf(purge) === generationOf(collection)) continue;
      const purged = await leaves.purge(purge);
      if (!purged.ok) return purged;
      await catalog.confirmPurge(purge.key);
    }
    await this.report({ kind: "dropped", generation });
    return undefined;
  }

  /** Says how far it is. */
  private async tell({ reshard: { generation } }: Resharding): Promise<undefined> {
    const copied = new Map<number, number>();
    const there = new Map<number, number>();
    for (const [key, { documents, sourceDocuments }] of this.progress) {
      const { target, source } = partOf(key);
      copied.set(target, documents);
      there.set(source, sourceDocuments);
    }
    await this.report({ kind: "progress", generation, copied: sum(copied), documents: sum(there) });
    return undefined;
  }

  /** Another epoch is no failure: the next look shows what it brings. */
  private async unlessStale(failed: Failure): Promise<Failure | undefined> {
    if (!isStale(failed)) return failed;
    await this.setting.sleep(RETRY_FIRST_MS);
    return undefined;
  }

  private async afterFailure(
    { reshard }: Resharding,
    { code, message }: Failure,
  ): Promise<number | undefined> {
    const { generation, step, copied, documents } = reshard;
    this.failures += 1;
    const goesOn = step === "drop" || step === "undo";
    if (!goesOn && (!PASSING.has(code) || this.failures >= FAILURES_MAX)) {
      this.failures = 0;
      await this.report({ kind: "stuck", generation, problem: message });
      return undefined;
    }
    await this.report({ kind: "progress", generation, copied, documents, problem: message });
    return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (this.failures - 1));
  }

  private async report(
    report: Parameters<ReshardDriverSetting["catalog"]["reportReshard"]>[1],
  ): Promise<void> {
    await this.setting.catalog.reportReshard(this.setting.collectionId, report);
  }
}

/** Does something for each, a few at a time; the first failure, after which no more is begun. */
async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  const left = items.values();
  let failed: Failure | undefined;
  const worker = async (): Promise<void> => {
    // All workers take from one iterator, so that each item is taken once.
    for (const item of left) {
      if (failed !== undefined) return;
      failed = (await work(item)) ?? failed;
    }
  };
  await Promise.all(Array.from({ length: Math.min(LEAVES_AT_ONCE, items.length) }, worker));
  return failed;
}

function late(): Failure {
  return failure("deadline-exceeded", "The hand-over took too long, and was called off.");
}

function keyOf({ source, target }: SlotPart): string {
  return `${source} ${target}`;
}

function partOf(key: string): SlotPart {
  const [source, target] = key.split(" ");
  return { source: Number(source), target: Number(target) };
}

function sum(counts: ReadonlyMap<number, number>): number {
  return counts.values().reduce((total, count) => total + count, 0);
}
