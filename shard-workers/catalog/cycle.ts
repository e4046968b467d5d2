/**
 * Whether events could go in a circle: from a pipeline by a topic into another, or by a call into another's steps. Filters
 * are not looked at: what depends on the data would be found out by a bill.
 */
import type { PipelineLinks } from "../../core/contracts/pipelines.ts";

export interface LinkedPipeline {
  name: string;
  topic: string;
  links: PipelineLinks;
}

/** A pipeline as an event meets it: all of it by its topic, or its steps alone by a call, whose sinks are not used. */
interface Meeting {
  name: string;
  called: boolean;
}

/**
 * The way round that `added`, which replaces its namesake, would close among `others`: names of pipelines, and
 * `topic …` between them, the first and the last the same. Undefined: it closes none.
 */
export function findCycle(added: LinkedPipeline, others: readonly LinkedPipeline[]): string[] | undefined {
  const all = [added, ...others.filter(({ name }) => name !== added.name)];
  const { name } = added;
  return wayBack({ name, called: true }, all) ?? wayBack({ name, called: false }, all);
}

/** Breadth first, so that the shortest way round is told. */
function wayBack(start: Meeting, all: readonly LinkedPipeline[]): string[] | undefined {
  const seen = new Set<string>();
  let ways = [{ at: start, way: [start.name] }];
  while (ways.length > 0) {
    const longer: typeof ways = [];
    for (const { at, way } of ways) {
      for (const { next, via } of meetingsAfter(at, all)) {
        const further = [...way, ...via, next.name];
        if (next.name === start.name && next.called === start.called) return further;
        const key = `${next.name} ${next.called}`;
        if (seen.has(key)) continue;
        seen.add(key);
        longer.push({ at: next, way: further });
      }
    }
    ways = longer;
  }
  return undefined;
}

function meetingsAfter(
  { name, called }: Meeting,
  all: readonly LinkedPipeline[],
): { next: Meeting; via: string[] }[] {
  const links = all.find((each) => each.name === name)?.links;
  if (links === undefined) return [];
  const topics = called ? links.routes : [...links.sinks, ...links.routes];
  const listening = topics.flatMap((topic) =>
    all
      .filter((each) => each.topic === topic)
      .map((each) => ({ next: { name: each.name, called: false }, via: [`topic ${topic}`] })),
  );
  return [...links.calls.map((call) => ({ next: { name: call, called: true }, via: [] })), ...listening];
}
