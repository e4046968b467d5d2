/** Ends a batch: says of each event what is to become of it, and tells the journal, a call a topic. */
import type { Confirmation } from "../../core/contracts/journal.ts";
import { parseTraceparent } from "../../core/tracing/trace-context.ts";
import { confirmationsOf, type Settled } from "./confirmations.ts";
import { verdict, type Outcome, type Trouble } from "./outcome.ts";
import { traceRun } from "./tracing.ts";
import type { Work } from "./work.ts";

/** Traces that one line names. */
const TRACES_LOGGED_MAX = 8;

export interface Ending {
  /** Writes dead letters: an outcome each. */
  bury: (letters: readonly { work: Work; trouble: Trouble }[]) => Promise<Outcome[]>;
  confirm: (topic: string, confirmations: Confirmation[]) => Promise<void>;
  /** In [0, 1), a new one at each call. */
  random: () => number;
}

/**
 * What is dead is buried first: a dead letter is durable before the journal lets go of its event, and an event whose
 * letter can't be written stays alive. Never rejects: what the journal could not be told of, it hands over again.
 */
export async function settle(works: readonly Work[], ending: Ending): Promise<void> {
  await bury(works, ending);
  const byTopic = Map.groupBy(works, ({ topic }) => topic);
  await Promise.all(
    [...byTopic].map(async ([topic, group]) => {
      const settled = group.map((work) => settledOf(work, ending));
      report(topic, group, settled);
      for (const work of group) traceSettled(work);
      try {
        await ending.confirm(topic, confirmationsOf(settled));
      } catch (error) {
        console.error(
          JSON.stringify({ event: "confirm-failed", topic, events: settled.length, error: String(error) }),
        );
      }
    }),
  );
}

async function bury(works: readonly Work[], { bury: write, random }: Ending): Promise<void> {
  const letters = works.flatMap((work) => {
    const { outcome, handed, retry } = work;
    const isTrouble = outcome.kind !== "delivered" && outcome.kind !== "filtered";
    // Chance has no say in who dies, only in when who lives is tried again.
    return isTrouble && verdict(outcome, handed, random(), retry).kind === "dead"
      ? [{ work, trouble: outcome }]
      : [];
  });
  if (letters.length === 0) return;
  const outcomes = await write(letters);
  for (const [index, { work, trouble }] of letters.entries()) {
    if (outcomes[index]?.kind === "delivered") continue;
    work.outcome = { kind: "waiting", error: `Its dead letter could not be written. ${trouble.error}` };
  }
}

function settledOf({ pipeline, version, retry, handed, outcome, done }: Work, { random }: Ending): Settled {
  return {
    pipeline,
    version,
    sequence: handed.sequence,
    index: handed.index,
    verdict: verdict(outcome, handed, random(), retry),
    done: [...done],
  };
}

function traceSettled({ trace, topic, pipeline, version, handed, outcome }: Work): void {
  if (trace === undefined) return;
  const error = outcome.kind === "delivered" || outcome.kind === "filtered" ? {} : { error: outcome.kind };
  const attempt = handed.failures + handed.waits + 1;
  traceRun(trace, { topic, pipeline, version, attempt, ...error }, Date.now());
}

/** Only what went wrong: what went well is in the journal's counts. */
function report(topic: string, works: readonly Work[], settled: readonly Settled[]): void {
  const dead = settled.filter(({ verdict: { kind } }) => kind === "dead").length;
  const retried = settled.filter(({ verdict: { kind } }) => kind === "retry").length;
  if (dead + retried === 0) return;
  const traces = works.flatMap(({ handed }, index) => {
    const kind = settled[index]?.verdict.kind;
    const traceId = parseTraceparent(handed.event["traceparent"])?.traceId;
    return traceId !== undefined && (kind === "dead" || kind === "retry") ? [traceId] : [];
  });
  const some = [...new Set(traces)].slice(0, TRACES_LOGGED_MAX);
  console.warn(
    JSON.stringify({
      event: "events-failed",
      topic,
      dead,
      retried,
      ...(some.length === 0 ? {} : { traces: some }),
    }),
  );
}
