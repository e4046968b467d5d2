/**
 * Runs a pipeline over one event: its filter, then its steps in order. Whatever a decorator does (throw, never answer,
 * answer with megabytes or with what is no event) is this event's outcome and no other's.
 */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { validateMade } from "../../core/cloudevents/index.ts";
import { Later, Reject, type Decorated, type DecoratorContext } from "../contract.ts";
import type { CompiledPipeline, CompiledStep } from "./compile.ts";
import { EVENT_RUN_MAX_MS, EVENTS_OUT_MAX, STEP_RUN_MAX_MS, TIMEOUTS_MAX } from "./limits.ts";
import type { FailedAt, Trouble } from "./outcome.ts";
import { TooLate } from "./too-late.ts";

/** What an event became. `made` holds at least one event, each with an id of its own. */
export type Run =
  | { kind: "made"; events: CloudEvent[] }
  | { kind: "filtered" }
  | (Trouble & { at: FailedAt });

/** What one step made of one event, for whoever looks on. */
export interface StepReport {
  step: number;
  use: string;
  given: CloudEvent;
  made: CloudEvent[];
  /** It failed; with `onError: continue` the event went on as it was. */
  error?: string;
  tookMs: number;
}

interface Watch {
  now: () => number;
  /** Hears of each step of each event, in their order. */
  onStep?: (report: StepReport) => void;
  /** No two events of a step run at a time, so that the time of each is its own. */
  oneByOne?: boolean;
}

/** Never rejects. */
export async function runPipeline(
  pipeline: CompiledPipeline,
  event: CloudEvent,
  context: DecoratorContext,
  watch: Watch = { now: () => Date.now() },
): Promise<Run> {
  if (pipeline.matches !== undefined && !pipeline.matches(event)) return { kind: "filtered" };
  return runSteps(pipeline.steps, event, context, watch);
}

/** The steps alone, without the filter. Never rejects. */
export async function runSteps(
  steps: readonly CompiledStep[],
  event: CloudEvent,
  context: DecoratorContext,
  watch: Watch,
): Promise<Run> {
  const endsAt = watch.now() + EVENT_RUN_MAX_MS;
  let events = [event];
  for (const [index, step] of steps.entries()) {
    const made: CloudEvent[] = [];
    const start = (current: CloudEvent): Attempt => attempt(step, current, context, endsAt, watch);
    // What one call can answer for together is asked for in one turn.
    const begun = step.gathers === true && watch.oneByOne !== true ? events.map(start) : [];
    for (const [n, current] of events.entries()) {
      const { startedAt, answer } = begun[n] ?? start(current);
      const report = (out: CloudEvent[], error?: string): void =>
        watch.onStep?.({
          step: index,
          use: step.use,
          given: current,
          made: out,
          ...(error === undefined ? {} : { error }),
          tookMs: watch.now() - startedAt,
        });
      try {
        const answered = answer instanceof Promise ? await answer : answer;
        if ("thrown" in answered) throw answered.thrown;
        const out = checkAll(answered.decorated, current, EVENTS_OUT_MAX - made.length);
        report(out);
        for (const each of out) made.push(each);
      } catch (thrown) {
        // What has to wait has not gone wrong, so that there is nothing to go on in spite of.
        const goesOn =
          step.onError === "continue" && !isNamed(thrown, "Later") && made.length < EVENTS_OUT_MAX;
        report(goesOn ? [current] : [], messageOf(thrown));
        if (!goesOn) return failed(step, thrown, { step: index, use: step.use, event: current });
        made.push(current);
      }
    }
    if (made.length === 0) return { kind: "filtered" };
    events = withOwnIds(made);
  }
  return { kind: "made", events };
}

/** A step that has begun with an event: what it answered, or what it threw. No promise of it rejects. */
interface Attempt {
  startedAt: number;
  answer: Answered | Promise<Answered>;
}
type Answered = { decorated: unknown } | { thrown: unknown };

function attempt(
  { decorate, runsFunctions = false }: CompiledStep,
  event: CloudEvent,
  context: DecoratorContext,
  endsAt: number,
  { now }: Watch,
): Attempt {
  const startedAt = now();
  try {
    const decorated = decorate(event, context);
    // Without a promise there is nothing to wait for, which most steps spare us.
    if (!isThenable(decorated)) return { startedAt, answer: { decorated } };
    const leftMs = endsAt - startedAt;
    // Functions have limits of their own, and wait for other events': to come too late there is no event's fault.
    const timed = runsFunctions
      ? inTime(decorated, leftMs, notYet)
      : inTime(decorated, Math.min(STEP_RUN_MAX_MS, leftMs), tooLate);
    const answer = timed.then(
      (late): Answered => ({ decorated: late }),
      (thrown: unknown): Answered => ({ thrown }),
    );
    return { startedAt, answer };
  } catch (thrown) {
    return { startedAt, answer: { thrown } };
  }
}

function failed({ use, onError, runsFunctions }: CompiledStep, thrown: unknown, at: FailedAt): Run {
  const error = `steps[${at.step}] (${use}): ${messageOf(thrown)}`;
  if (isNamed(thrown, "Later")) {
    const delayMs: unknown = Reflect.get(thrown, "delayMs");
    return { kind: "waiting", error, at, ...(typeof delayMs === "number" ? { delayMs } : {}) };
  }
  if (onError === "dead" || isNamed(thrown, "Reject")) return { kind: "rejected", error, at };
  return {
    kind: "failed",
    error,
    at,
    ...(thrown instanceof TooLate ? { attemptsMax: TIMEOUTS_MAX } : {}),
    ...(runsFunctions === true ? { inFunction: true } : {}),
  };
}

/** The events of what a step answered, each valid. What came back as it was given is valid already. */
function checkAll(decorated: unknown, given: CloudEvent, eventsMax: number): CloudEvent[] {
  const made = listOf(decorated);
  if (made.length > eventsMax) throw new Reject(`An event becomes at most ${EVENTS_OUT_MAX} events.`);
  return made.map((each) => (each === given ? given : checked(each, given)));
}

/** The decorator itself goes on: nothing can end it but the platform's own limit on CPU time. */
async function inTime(
  answer: PromiseLike<Decorated>,
  timeMs: number,
  errorFor: (timeMs: number) => Error,
): Promise<Decorated> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(errorFor(timeMs)), Math.max(timeMs, 0));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(timeMs: number): TooLate {
  return new TooLate(
    timeMs < STEP_RUN_MAX_MS ? "the event's time was over" : `it did not answer within ${timeMs} ms`,
  );
}

function notYet(): Later {
  return new Later("the event's time was over before its function was through");
}

function isThenable(answer: unknown): answer is PromiseLike<Decorated> {
  return (
    typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function"
  );
}

function listOf(decorated: unknown): unknown[] {
  if (decorated === undefined) return [];
  return Array.isArray(decorated) ? decorated : [decorated];
}

/** A step may be anybody's code, so that its type is a promise and no proof. */
function checked(made: unknown, given: CloudEvent): CloudEvent {
  const validation = validateMade(made, given);
  if (validation.ok) return validation.event;
  const [first] = validation.errors;
  const what =
    first?.path === "" || first === undefined ? "the event that it made" : `the event's ${first.path}`;
  throw new Reject(`${what} ${first?.message ?? "is not valid"}`);
}

/**
 * The events of a split are known by their ids from here on: in the journal of another topic, as documents. Where a
 * step gave several the same, those after the first get a number, which is the same each time.
 */
function withOwnIds(events: CloudEvent[]): CloudEvent[] {
  if (events.length < 2) return events;
  const seen = new Set<string>();
  return events.map((event) => {
    let { id } = event;
    for (let n = 2; seen.has(id); n++) id = `${event.id}-${n}`;
    seen.add(id);
    return id === event.id ? event : { ...event, id };
  });
}

/** By name too: the class of an error does not survive the way from another isolate. */
function isNamed(error: unknown, name: "Reject" | "Later"): error is Error {
  return error instanceof Error && error.name === name;
}

/** Anything can be thrown, and not everything can be made a text. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "something was thrown that is no error";
}
