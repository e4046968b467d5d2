/**
 * Runs users' functions for steps: what the events of a batch ask of one version in one turn goes over in as few calls as
 * there may be. Each event has its own answer. Where a call fails as a whole, it is made again in halves until it is known
 * which event brought that about, so that no other pays for it.
 */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import {
  isPlatformAttribute,
  withoutPlatformAttributes,
} from "../../core/cloudevents/platform-attributes.ts";
import type { DecoratedItem, FunctionUsage } from "../../core/functions/answers.ts";
import type { FunctionContext } from "../../core/functions/context.ts";
import type { FunctionHost } from "../../core/functions/function-host.ts";
import { failure } from "../../core/errors.ts";
import { Later, Reject, type Decorated, type DecoratorContext } from "../contract.ts";
import type { FunctionCall, FunctionRunner } from "../services.ts";
import { isOwnDoing, isShared, isSqueezed, thrownFor } from "./function-errors.ts";
import { FUNCTION_CALL_EVENTS_MAX, FUNCTION_STARTS_WITHIN_MS } from "./limits.ts";

/** A call as it went, for whoever counts or looks on. */
export interface CallReport {
  name: string;
  version: string;
  items: number;
  errors: number;
  usage: FunctionUsage;
}

export interface CallsReach {
  host: Pick<FunctionHost, "decorate">;
  now: () => number;
  onCall: (report: CallReport) => void;
}

interface Waiting {
  event: CloudEvent;
  context: FunctionContext;
  /** When it asked, in epoch milliseconds. */
  since: number;
  settle: (answer: Decorated) => void;
  fail: (thrown: Error) => void;
}

type Ref = Pick<FunctionCall, "name" | "version">;

export class FunctionCalls implements FunctionRunner {
  private readonly reach: CallsReach;
  private readonly gathering = new Map<string, Waiting[]>();

  constructor(reach: CallsReach) {
    this.reach = reach;
  }

  decorate(call: FunctionCall, event: CloudEvent, context: DecoratorContext): Promise<Decorated> {
    const { name, version } = call;
    const ref: Ref = version === undefined ? { name } : { name, version };
    return new Promise((settle, fail) => {
      const since = this.reach.now();
      const waiting = { event, context: functionContext(context, call), since, settle, fail };
      const key = `${name}@${version ?? ""}`;
      const gathered = this.gathering.get(key);
      if (gathered !== undefined) {
        gathered.push(waiting);
        return;
      }
      const together = [waiting];
      this.gathering.set(key, together);
      setTimeout(() => {
        this.gathering.delete(key);
        void this.callAll(ref, together);
      }, 0);
    });
  }

  /** One call after the other: they are answered by one isolate, and what is in flight is in memory. Never rejects. */
  private async callAll(ref: Ref, gathered: readonly Waiting[]): Promise<void> {
    const groups: (readonly Waiting[])[] = [];
    let wereAnswered = false;
    for (let first = 0; first < gathered.length; first += FUNCTION_CALL_EVENTS_MAX)
      groups.push(gathered.slice(first, first + FUNCTION_CALL_EVENTS_MAX));
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      if (this.isLate(group)) {
        for (const { fail } of group) fail(new Later(`${ref.name}: it was busy with other events.`));
        continue;
      }
      const { again, answered } = await this.callOnce(ref, group, wereAnswered);
      wereAnswered ||= answered;
      groups.unshift(...again);
    }
  }

  /** It has to begin in time for its answer to come within the time of its events. */
  private isLate(group: readonly Waiting[]): boolean {
    const since = Math.min(...group.map((each) => each.since));
    return this.reach.now() - since > FUNCTION_STARTS_WITHIN_MS;
  }

  /** Settles whom the call has an answer for. `again`: the others, in the groups in which they are to be asked for once more. */
  private async callOnce(
    ref: Ref,
    group: readonly Waiting[],
    othersWereAnswered: boolean,
  ): Promise<{ again: (readonly Waiting[])[]; answered: boolean }> {
    const inputs = group.map(({ event, context }) => ({ event: withoutPlatformAttributes(event), context }));
    let answer: Awaited<ReturnType<FunctionHost["decorate"]>>;
    try {
      answer = await this.reach.host.decorate(ref, inputs);
    } catch (error) {
      console.error(JSON.stringify({ event: "function-call-failed", error: String(error) }));
      answer = failure("unavailable", "It could not be run.");
    }
    const { version = ref.version } = answer;
    if (!answer.ok) {
      if (group.length > 1 && isShared(answer)) return { again: halves(group), answered: false };
      if (version !== undefined) this.report(ref.name, version, group.length, group.length, answer.usage);
      for (const { context, fail } of group) {
        const ownDoing = isOwnDoing(answer, othersWereAnswered, context.attempt);
        fail(thrownFor(ref.name, version, answer, ownDoing));
      }
      return { again: [], answered: false };
    }
    const again: Waiting[] = [];
    let errors = 0;
    for (const [index, each] of group.entries()) {
      const item = answer.items[index] ?? failure("internal", "The function gave no answer.");
      if (!item.ok && isSqueezed(item) && index > 0) again.push(each);
      else if (!settle(each, item, ref.name, answer.version)) errors += 1;
    }
    this.report(ref.name, answer.version, group.length - again.length, errors, answer.usage);
    return { again: again.length === 0 ? [] : [again], answered: true };
  }

  private report(
    name: string,
    version: string,
    items: number,
    errors: number,
    usage: FunctionUsage = { steps: 0, ms: 0, bytesIn: 0, bytesOut: 0 },
  ): void {
    this.reach.onCall({ name, version, items, errors, usage });
  }
}

function halves(group: readonly Waiting[]): (readonly Waiting[])[] {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}

/** Whether the event has come to something. */
function settle(
  { event, settle: go, fail }: Waiting,
  item: DecoratedItem,
  name: string,
  version: string,
): boolean {
  if (!item.ok) {
    fail(thrownFor(name, version, item));
    return false;
  }
  const forged = item.events.flatMap((made) => Object.keys(made)).find(isPlatformAttribute);
  if (forged !== undefined) {
    fail(new Reject(`${name}@${version}: it sets ${JSON.stringify(forged)}, which is the platform's.`));
    return false;
  }
  const platform = Object.entries(event).filter(([attribute]) => isPlatformAttribute(attribute));
  // Anybody's code made them; the runner looks whether they are events.
  go(item.events.map((made) => ({ ...made, ...Object.fromEntries(platform) })) as CloudEvent[]);
  return true;
}

/** What of a step's context goes over. */
function functionContext(
  { topic, pipeline, version, attempt, occurrence, acceptedAt, now, origin }: DecoratorContext,
  { options }: FunctionCall,
): FunctionContext {
  return {
    topic,
    pipeline,
    version,
    attempt,
    occurrence,
    acceptedAt,
    now,
    ...(origin === undefined ? {} : { origin }),
    ...(options === undefined ? {} : { options }),
  };
}
