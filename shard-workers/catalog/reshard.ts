/**
 * How a resharding goes on: every change of its state, as a function from one state to the next. Pure.
 *
 * The epoch rises with each change that leaves have to know of: when new ones are to be built, so that the old ones keep their logs;
 * when the hand-over begins, so that a write which a leaf refuses belongs to this attempt alone; and when it ends, well or not. What was
 * found out at one epoch says nothing at another: a report of an epoch that is over changes nothing.
 */
import { generationOf, SHARDS_MAX, type Collection } from "../../core/collection.ts";
import type { Purge } from "../../core/contracts/catalog.ts";
import {
  isOver,
  type Reshard,
  type ReshardCommand,
  type ReshardReport,
  type Resharding,
} from "../../core/contracts/resharding.ts";
import { failure, type Result } from "../../core/errors.ts";
import { evenSlotMap } from "../../core/slots.ts";
import { generationPurge } from "./purges.ts";

/** What a change leads to. */
export interface Changed extends Resharding {
  /** Leaves that are of no use any more. */
  purge?: Purge;
}

/** Begins one. `latest`: the collection's last one, if it has had any. */
export function beginReshard(
  collection: Collection,
  latest: Reshard | undefined,
  shards: number,
  now: Date,
): Result<Changed> {
  const problem = beginProblem(collection, latest, shards);
  if (problem !== undefined) return failure("conflict", problem);
  // Never used again: a purge of its leaves may still be under way.
  const generation = Math.max(generationOf(collection), latest?.generation ?? 0) + 1;
  return {
    ok: true,
    collection: { ...collection, epoch: collection.epoch + 1, building: { generation, shards } },
    reshard: {
      generation,
      from: collection.shards,
      to: shards,
      step: "copy",
      paused: false,
      copied: 0,
      documents: 0,
      startedAt: now.toISOString(),
    },
  };
}

function beginProblem(
  { name, layout, shards: existing }: Collection,
  latest: Reshard | undefined,
  shards: number,
): string | undefined {
  if (latest !== undefined && !isOver(latest)) {
    return `"${name}" is being resharded to ${latest.to} shards; wait for that, or undo it.`;
  }
  if (layout !== "documents") {
    return `"${name}" has the layout ${layout}, which can't be resharded; only documents can.`;
  }
  if (shards === existing) return `"${name}" has ${existing} shards already.`;
  if (!Number.isInteger(shards) || shards < 1 || shards > SHARDS_MAX) {
    return `A collection has 1 to ${SHARDS_MAX} shards.`;
  }
  return undefined;
}

/** Pauses, resumes or undoes one. What has been handed over is not undone, but resharded back. */
export function commandReshard(
  { collection, reshard }: Resharding,
  command: Exclude<ReshardCommand, { kind: "begin" }>,
): Result<Changed> {
  const { step, to } = reshard;
  if (isOver(reshard) || step === "drop" || step === "undo") {
    const state = step === "drop" || step === "done" ? "has been handed over" : "is undone";
    return failure(
      "conflict",
      `The resharding to ${to} shards ${state}: there is nothing to ${command.kind}.`,
    );
  }
  switch (command.kind) {
    case "pause": {
      return { ok: true, ...interrupted({ collection, reshard }, { paused: true }) };
    }
    case "resume": {
      if (!reshard.paused) return failure("conflict", `The resharding to ${to} shards is not paused.`);
      const { problem: _, ...rest } = reshard;
      return { ok: true, collection, reshard: { ...rest, paused: false } };
    }
    case "undo": {
      const { building, ...kept } = collection;
      const purge = building && generationPurge(collection, building);
      return {
        ok: true,
        collection: { ...kept, epoch: collection.epoch + 1 },
        reshard: { ...reshard, step: "undo", paused: false },
        ...(purge === undefined ? {} : { purge }),
      };
    }
  }
}

/** What a report of the coordinator makes of it; undefined: nothing, since it is about another state. */
export function reportReshard(
  { collection, reshard }: Resharding,
  report: ReshardReport,
  now: Date,
): Changed | undefined {
  if (isOver(reshard)) return undefined;
  if ("epoch" in report && report.epoch !== collection.epoch) return undefined;
  if ("generation" in report && report.generation !== reshard.generation) return undefined;
  const { step } = reshard;
  switch (report.kind) {
    case "progress": {
      const { kind: _, problem, ...progress } = report;
      // The reason for a pause stays, until that is over.
      if (reshard.paused) return { collection, reshard: { ...reshard, ...progress } };
      const { problem: __, ...rest } = reshard;
      return {
        collection,
        reshard: { ...rest, ...progress, ...(problem === undefined ? {} : { problem }) },
      };
    }
    case "stuck":
      if (step === "drop" || step === "undo") return undefined;
      return interrupted({ collection, reshard }, { paused: true, problem: report.problem });
    case "copied":
      return step === "copy" ? { collection, reshard: { ...reshard, step: "catch-up" } } : undefined;
    case "caught-up":
      if (step !== "catch-up" || reshard.paused) return undefined;
      return {
        collection: { ...collection, epoch: collection.epoch + 1 },
        reshard: { ...reshard, step: "hand-over" },
      };
    case "hand-over-failed":
      if (step !== "hand-over") return undefined;
      return interrupted({ collection, reshard }, { problem: report.problem });
    case "handed-over":
      return step === "hand-over" ? handedOver({ collection, reshard }, report.floors) : undefined;
    case "dropped":
      if (step !== "drop" && step !== "undo") return undefined;
      return {
        collection,
        reshard: { ...reshard, step: step === "drop" ? "done" : "undone", endedAt: now.toISOString() },
      };
  }
}

/** A hand-over that is under way is called off: with a new epoch, leaves take writes again. */
function interrupted({ collection, reshard }: Resharding, change: Partial<Reshard>): Changed {
  if (reshard.step !== "hand-over") return { collection, reshard: { ...reshard, ...change } };
  return {
    collection: { ...collection, epoch: collection.epoch + 1 },
    reshard: { ...reshard, step: "catch-up", ...change },
  };
}

function handedOver(
  { collection, reshard }: Resharding,
  floors: Record<number, number>,
): Changed | undefined {
  const { building, ...kept } = collection;
  if (building === undefined) return undefined;
  const epoch = collection.epoch + 1;
  const { problem: _, ...rest } = reshard;
  return {
    collection: {
      ...kept,
      epoch,
      shards: building.shards,
      slots: evenSlotMap(building.shards),
      generation: building.generation,
      since: epoch,
      floors,
    },
    reshard: { ...rest, step: "drop" },
    purge: generationPurge(collection, { generation: generationOf(collection), shards: collection.shards }),
  };
}
