/** The choice among the options, and its reason in a sentence. Pure. */
import type { Option } from "./options.ts";
import { clockTime, counted, percent } from "./words.ts";

/** What an answer is to be like. What is absent does not matter. */
export interface Target {
  overMs?: number;
  /** The share of the answers that may take longer than `overMs`. */
  share: number;
  availability?: number;
  usdAMillion?: number;
}

export interface Choice {
  leaves: number;
  replicas: number;
  hedging: boolean;
  meetsTarget: boolean;
  reason: string;
}

/** Without a target: this share of the searches is answered whole … */
const AVAILABILITY_WANTED = 0.999;

/** … and within so much of the best 99th percentile the cheapest is taken. */
const GOOD_ENOUGH = 1.1;

/** The option to take; there is at least one. */
export function choose(options: readonly Option[], target: Target | undefined): Choice {
  return target === undefined ? chooseByKnee(options) : chooseByTarget(options, target);
}

function chooseByTarget(options: readonly Option[], target: Target): Choice {
  const meeting = options.filter((option) => misses(option, target).length === 0);
  const [best] = meeting.toSorted(byPrice);
  if (best !== undefined) {
    const bare = options.find((option) => option.leaves === best.leaves && option.replicas === 1);
    const without =
      best.replicas > 1 && bare !== undefined
        ? ` With one replica ${percent(bare.over.anyLeaf)} of the answers would wait for a leaf that takes over ${clockTime(bare.over.ms)}, and ${percent(bare.failing)} would fail.`
        : "";
    return {
      ...shapeOf(best),
      meetsTarget: true,
      reason: `${named(best)} is the cheapest that meets the target: ${said(best)}.${without}`,
    };
  }
  const [nearest] = options.toSorted((a, b) => distance(a, target) - distance(b, target) || byPrice(a, b));
  if (nearest === undefined) throw new Error("there is nothing to choose from");
  return {
    ...shapeOf(nearest),
    meetsTarget: false,
    reason: `Nothing meets the target. ${named(nearest)} comes nearest: ${said(nearest)}; what it misses: ${misses(nearest, target).join("; ")}.`,
  };
}

/** No target: as fast as is sensible. More leaves are faster only as far as their documents' work shrinks. */
function chooseByKnee(options: readonly Option[]): Choice {
  const reliable = options.filter(({ availability }) => availability >= AVAILABILITY_WANTED);
  const from = reliable.length > 0 ? reliable : mostAvailable(options);
  const fastest = Math.min(...from.map(({ latencyMs }) => latencyMs.p99));
  const [best] = from.filter(({ latencyMs }) => latencyMs.p99 <= GOOD_ENOUGH * fastest).toSorted(byPrice);
  if (best === undefined) throw new Error("there is nothing to choose from");
  const reach =
    reliable.length > 0
      ? `of those that answer ${percent(AVAILABILITY_WANTED)} of the searches whole`
      : "of those that answer most";
  return {
    ...shapeOf(best),
    meetsTarget: true,
    reason: `${named(best)} is the cheapest within a tenth of the best 99th percentile (${clockTime(fastest)}) ${reach}: ${said(best)}. Say in "target" what is to be met instead.`,
  };
}

function mostAvailable(options: readonly Option[]): Option[] {
  const most = Math.max(...options.map(({ availability }) => availability));
  return options.filter(({ availability }) => availability === most);
}

/** What of a target an option does not meet, and what would do. */
function misses(option: Option, target: Target): string[] {
  const { over, availability, usdAMillion, latencyMs } = option;
  const missed: string[] = [];
  if (target.overMs !== undefined && over.answer > target.share) {
    missed.push(
      `${percent(over.answer)} of the answers take over ${clockTime(over.ms)}, not ${percent(target.share)} (its 99th percentile is ${clockTime(latencyMs.p99)})`,
    );
  }
  if (target.availability !== undefined && availability < target.availability) {
    missed.push(`${percent(availability)} are answered whole, not ${percent(target.availability)}`);
  }
  if (target.usdAMillion !== undefined && usdAMillion > target.usdAMillion) {
    missed.push(
      `a million searches cost $${usdAMillion.toPrecision(3)}, not $${target.usdAMillion.toPrecision(3)}`,
    );
  }
  return missed;
}

/** How far an option is from a target: the sum of the orders of magnitude by which it misses. */
function distance({ over, failing, usdAMillion }: Option, target: Target): number {
  return (
    (target.overMs === undefined ? 0 : beyond(over.answer, target.share)) +
    beyond(failing, target.availability === undefined ? undefined : 1 - target.availability) +
    beyond(usdAMillion, target.usdAMillion)
  );
}

/** By how many orders of magnitude a value is above what is wanted. */
function beyond(value: number, wanted: number | undefined): number {
  return wanted === undefined || value <= wanted ? 0 : Math.log(value / Math.max(wanted, Number.MIN_VALUE));
}

function byPrice(a: Option, b: Option): number {
  return a.usdAMillion - b.usdAMillion || a.replicas - b.replicas || a.latencyMs.p99 - b.latencyMs.p99;
}

function shapeOf({ leaves, replicas, hedging }: Option): Pick<Choice, "leaves" | "replicas" | "hedging"> {
  return { leaves, replicas, hedging };
}

function named({ leaves, replicas, hedging }: Option): string {
  const which = `${counted(leaves, "leaf", "leaves")} with ${counted(replicas, "replica", "replicas")}`;
  return replicas === 1 ? which : `${which}, ${hedging ? "hedged" : "not hedged"},`;
}

function said({ over, latencyMs, availability, usdAMillion }: Option): string {
  return [
    `${percent(over.answer)} of the answers take over ${clockTime(over.ms)}`,
    `the 99th percentile is ${clockTime(latencyMs.p99)}`,
    `${percent(availability)} are answered whole`,
    `a million searches cost $${usdAMillion.toPrecision(3)}`,
  ].join(", ");
}
