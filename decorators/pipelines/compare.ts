/** Two versions of a function over the same items, side by side. Nothing is delivered, and nothing is left behind. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type {
  ComparedItem,
  ComparisonPart,
  ComparisonRequest,
  ItemDifference,
  VersionRuns,
} from "../../core/contracts/function-comparison.ts";
import { valueDifferences } from "../../core/differences.ts";
import type { FunctionHost } from "../../core/functions/function-host.ts";
import { REQUEST_SLOTS } from "../../core/functions/limits.ts";
import { functionUse } from "../../core/functions/reference.ts";
import { prepareStep } from "../contract.ts";
import type { Services } from "../services.ts";
import { contextOf } from "./context.ts";
import type { CallReport } from "./function-calls.ts";
import { runSteps } from "./runner.ts";
import { withoutState } from "./validate.ts";

/** What an item became, to be compared: what was made (null: nothing), or the error. */
type Outcome = { made: unknown } | { error: string };

export interface CompareReach {
  host: Pick<FunctionHost, "map" | "handle">;
  services: Services;
  /** The calls for events since it was last asked. */
  takeCalls: () => CallReport[];
  now: () => number;
}

export async function compareVersions(
  reach: CompareReach,
  request: ComparisonRequest,
): Promise<ComparisonPart> {
  // One after the other, so that the time of each is its own.
  const one = await runVersion(reach, request, request.a);
  const other = await runVersion(reach, request, request.b);
  const items: ItemDifference[] = request.items.flatMap(({ id }, index) => {
    const differences = valueDifferences(
      comparable(one.outcomes[index]),
      comparable(other.outcomes[index]),
      "",
    );
    return differences.length === 0 ? [] : [{ id, differences }];
  });
  const compared = request.items.length;
  return { a: one.runs, b: other.runs, compared, different: items.length, items };
}

async function runVersion(
  reach: CompareReach,
  request: ComparisonRequest,
  version: string,
): Promise<{ runs: VersionRuns; outcomes: Outcome[] }> {
  const runs: VersionRuns = { version, errors: 0, filtered: 0, ms: 0, steps: 0 };
  const run = request.kind === "decorate" ? runEvents : runDocuments;
  // An isolate that has to be started would be a part of the first one's time.
  await run(reach, { ...request, items: request.items.slice(0, 1) }, version, { ...runs });
  const outcomes = await run(reach, request, version, runs);
  for (const outcome of outcomes) {
    if ("error" in outcome) runs.errors += 1;
    else if (request.kind === "decorate" && outcome.made === null) runs.filtered += 1;
  }
  return { runs, outcomes };
}

/** An error as a text, so that beside what another version made it is told as a whole, and not member by member. */
function comparable(outcome: Outcome | undefined): unknown {
  if (outcome === undefined) return undefined;
  return "error" in outcome ? `error: ${outcome.error}` : outcome.made;
}

/** As a pipeline whose one step is this version would run them, all at once. */
async function runEvents(
  { services, takeCalls, now }: CompareReach,
  { name, options, items }: ComparisonRequest,
  version: string,
  runs: VersionRuns,
): Promise<Outcome[]> {
  const use = functionUse({ name, version });
  const step = prepareStep({ use, with: options }, ["steps", 0], () => undefined);
  if (!step.ok) throw new Error("a version that was looked up can't be named");
  const compiled = { use, decorate: step.decorate, onError: "retry" as const, runsFunctions: true };
  const comparison = { topic: "comparison", name: "comparison", version: 1 };
  const outcomes = await Promise.all(
    items.map(async (item, index): Promise<Outcome> => {
      const context = contextOf(comparison, `comparison/${index}`, {
        now: now(),
        services: withoutState(services),
      });
      const run = await runSteps([compiled], eventOf(item, name), context, { now });
      if (run.kind === "filtered") return { made: null };
      if (run.kind !== "made") return { error: withoutPlace(run.error, name, version) };
      const made = run.events.map(withoutPlatformAttributes);
      return { made: made.length === 1 ? made[0] : made };
    }),
  );
  for (const { usage } of takeCalls()) {
    runs.ms += usage.ms;
    runs.steps += usage.steps;
  }
  return outcomes;
}

/** A document is the data of an event, as it is in its collection's own pipeline. */
function eventOf(item: ComparedItem, name: string): CloudEvent {
  if ("event" in item) return item.event;
  const { id, document } = item;
  return {
    specversion: "1.0",
    id,
    source: `/v1/functions/${name}/compare`,
    type: "document",
    datacontenttype: "application/json",
    data: document,
  };
}

async function runDocuments(
  { host }: CompareReach,
  { name, kind, items, input }: ComparisonRequest,
  version: string,
  runs: VersionRuns,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    // All workers take from one iterator, so that each item is run once.
    for (const [index, item] of left) {
      const given = "document" in item ? item.document : item.event;
      const ref = { name, version };
      const answer =
        kind === "map"
          ? await host.map(ref, [given], { json: JSON.stringify(input ?? null) })
          : await host.handle(ref, { json: JSON.stringify(given) });
      runs.ms += answer.usage?.ms ?? 0;
      runs.steps += answer.usage?.steps ?? 0;
      outcomes[index] = answer.ok ? { made: valueOf(answer) } : { error: answer.message };
    }
  };
  await Promise.all(Array.from({ length: Math.min(REQUEST_SLOTS, items.length) }, worker));
  return outcomes;
}

function valueOf(answer: { json: string } | { value: unknown }): unknown {
  return "value" in answer ? answer.value : JSON.parse(answer.json);
}

/** The error without what is never the same in two versions: their names, and the lines of their code. */
function withoutPlace(error: string, name: string, version: string): string {
  const step = `steps[0] (${functionUse({ name, version })}): `;
  const text = error.startsWith(step) ? error.slice(step.length) : error;
  const which = `${name}@${version}: `;
  return (text.startsWith(which) ? text.slice(which.length) : text).replace(/ \([^()]*:\d+\)$/, "");
}
