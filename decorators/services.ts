/**
 * What some decorators need of the platform. The pipelines Worker implements it over its bindings, tests in memory. All of
 * it is asked for one event at a time; an implementation gathers what the events of a batch ask for in the same turn.
 *
 * Where the platform can't answer, each throws `Later` (contract.ts): the event waits, which is not its fault.
 */
import type { CloudEvent } from "../core/cloudevents/event.ts";
import type { JsonObject } from "../core/document/values.ts";
import type { Decorated, DecoratorContext } from "./contract.ts";

export interface Services {
  documents: DocumentReader;
  pipelines: StepsRunner;
  functions: FunctionRunner;
  claims: Claims;
  rates: Rates;
  secrets: Secrets;
  signups: SignupLinks;
}

/** Reads documents of collections; for `lookup`. */
export interface DocumentReader {
  /** The documents of these ids in their order, undefined for one that is not there. */
  read(collection: string, ids: readonly string[]): Promise<(JsonObject | undefined)[]>;
}

/** Runs the steps of another pipeline; for `pipeline`. */
export interface StepsRunner {
  /**
   * What the steps of the pipeline `name`, as it is now, make of an event: none is filtered. Its filter and its sinks
   * are not looked at. Throws what its steps throw, with their place in the message. `context.calls` has grown by
   * `name`: the caller has seen to that, and to it not being there before.
   */
  run(name: string, event: CloudEvent, context: DecoratorContext): Promise<CloudEvent[]>;
}

/** Runs users' functions; for steps that name one. */
export interface FunctionRunner {
  /**
   * What a function's `decorate` makes of an event. Events of one turn that go to one version with the same options go over in
   * one call, whatever becomes of each. Throws as a decorator does (`Decorate`), with the function's name and version in the message: `Reject` for what
   * would go wrong each time, `Later` for what is not the event's fault.
   */
  decorate(call: FunctionCall, event: CloudEvent, context: DecoratorContext): Promise<Decorated>;
}

export interface FunctionCall {
  name: string;
  /** Absent: the current one. */
  version?: string;
  /** The step's `with`. */
  options?: object;
}

/** A key that is seen for the first time within a window belongs to who claimed it; for `dedupe`. */
export interface Claims {
  /**
   * Whether `owner` holds `key` of `scope`: nobody else has claimed it in the last `windowMs`. Claiming again what one
   * holds is answered with true, and does not extend the window. Claims outlive the isolate. Of several claims of one
   * moment, one is first.
   */
  claim(claim: { scope: string; key: string; owner: string; windowMs: number }): Promise<boolean>;
}

/** A bucket of permits that fills at a steady rate; for `rate-limit`. */
export interface Rates {
  /**
   * Takes a permit from the bucket `key` of `scope`, which holds `burst` at most and gets `permits` each `intervalMs`. Who has taken one
   * holds it for `intervalMs`: `owner` may ask again, and takes no other. 0: it has one; else the milliseconds until
   * one may be there. Buckets outlive the isolate.
   */
  take(request: {
    scope: string;
    key: string;
    owner: string;
    permits: number;
    intervalMs: number;
    burst: number;
  }): Promise<number>;
}

/** Keys that pipelines name and do not show: secrets of the pipelines Worker. */
export interface Secrets {
  /** The value of the Worker's secret `UMBEL_SECRET_<name>`, or undefined when it has none. */
  get(name: string): string | undefined;
}

/** The links of sign-ups; for `verification-link`. */
export interface SignupLinks {
  /** The token of a sign-up's link, the same at every call; undefined where the sign-up is over. */
  tokenOf(signup: string): Promise<string | undefined>;
}
