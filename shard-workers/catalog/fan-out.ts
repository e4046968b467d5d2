/**
 * Into how many runs of pipelines one event could multiply, by topics that several pipelines listen to one behind the other. As with
 * cycles, filters are not looked at. What one run makes of an event (`split`) depends on the data, and hops are bounded by themselves.
 */
import type { LinkedPipeline } from "./cycle.ts";

/** One event, as many runs: each is billed, and a graph that does more is hardly meant. */
export const FAN_OUT_MAX = 1_000;

export interface FanOut {
  runs: number;
  /** Where most of it comes from: `topic …` and names of pipelines by turns, from the topic where it begins. */
  way: string[];
}

/**
 * The largest fan-out of any topic once `added` has taken its namesake's place; undefined: none is over the limit. There
 * must be no cycle among them.
 */
export function findFanOut(added: LinkedPipeline, others: readonly LinkedPipeline[]): FanOut | undefined {
  const all = [added, ...others.filter(({ name }) => name !== added.name)];
  const byTopic = Map.groupBy(all, ({ topic }) => topic);
  const byName = new Map(all.map((pipeline) => [pipeline.name, pipeline]));
  const known = new Map<string, FanOut>();

  /** Topics that steps route to, those of called pipelines too; sinks of these are not used. */
  const routesOf = ({ links }: LinkedPipeline): string[] => [
    ...links.routes,
    ...links.calls.flatMap((name) => {
      const called = byName.get(name);
      return called === undefined ? [] : routesOf(called);
    }),
  ];

  const ofTopic = (topic: string): FanOut => {
    const before = known.get(topic);
    if (before !== undefined) return before;
    const sum: FanOut = { runs: 0, way: [`topic ${topic}`] };
    let most = -1;
    for (const pipeline of byTopic.get(topic) ?? []) {
      const next = new Set([...pipeline.links.sinks, ...routesOf(pipeline)]);
      const further = [...next].map(ofTopic);
      const runs = further.reduce((total, each) => total + each.runs, 1);
      sum.runs += runs;
      if (runs <= most) continue;
      most = runs;
      const [heaviest] = further.toSorted((a, b) => b.runs - a.runs);
      const rest = heaviest === undefined || heaviest.runs === 0 ? [] : heaviest.way;
      sum.way = [`topic ${topic}`, pipeline.name, ...rest];
    }
    known.set(topic, sum);
    return sum;
  };

  const [largest] = [...byTopic.keys()].map(ofTopic).toSorted((a, b) => b.runs - a.runs);
  return largest !== undefined && largest.runs > FAN_OUT_MAX ? largest : undefined;
}
