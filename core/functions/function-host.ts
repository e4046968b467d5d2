/**
 * Runs users' functions: each version in an isolate of its own, which has no network and no bindings and is kept warm.
 * What a function does (throw, never answer, answer with megabytes or with what is no JSON) is its caller's result and
 * nobody else's trouble: no method rejects.
 */
import { dispose } from "../branch-sessions.ts";
import type { CloudEvent, JsonValue } from "../cloudevents/event.ts";
import type { FunctionKind, FunctionRef, FunctionSummary, StoredFunction } from "../contracts/functions.ts";
import { isObject } from "../document/values.ts";
import { failure } from "../errors.ts";
import {
  valueOfText,
  type DecoratedItem,
  type FunctionAnswer,
  type FunctionFailure,
  type FunctionRunFailure,
  type FunctionUsage,
  type JsonText,
} from "./answers.ts";
import type { FunctionContext } from "./context.ts";
import { abandon, usableId } from "./abandoned.ts";
import { isolateFailure } from "./isolate-failure.ts";
import { isolateId, workerCode, type FunctionCode } from "./load-code.ts";
import {
  BATCH_ITEMS_MAX,
  BATCH_MAX_MS,
  CALL_MAX_MS,
  CURRENT_TTL_MS,
  INPUT_BYTES_MAX,
  OUTPUT_BYTES_MAX,
  STEPS_MAX,
  WAITING_MAX,
  WAIT_MAX_MS,
} from "./limits.ts";
import { itemFailure, loadedAnswer, ranAnswer, type Ran, type RawItem } from "./raw-answer.ts";
import { Slots } from "./slots.ts";

/** What a host is given: the platform as its Worker reaches it. */
export interface FunctionReach {
  loader: WorkerLoader;
  /** Asked when a version is not warm, and for nothing else. */
  getFunction: (name: string, version?: string) => Promise<StoredFunction | null>;
  /** Asked which version is current, at most every `currentTtlMs`. */
  getFunctionSummary: (name: string, version?: string) => Promise<FunctionSummary | null>;
  /** Functions in flight at a time: `REQUEST_SLOTS` or `OBJECT_SLOTS`. */
  slots: number;
  /** How long a call waits for one. */
  slotWaitMs?: number;
  /** How long a current version is believed: 0 asks each time. */
  currentTtlMs?: number;
  now?: () => number;
}

/** An event and what its decorator is told. */
export interface DecorateInput {
  event: CloudEvent;
  context: FunctionContext;
}

/** What the isolate's harness answers to. */
interface HarnessApi {
  load(names: readonly string[], limits: RunLimits): Promise<unknown>;
  run(kind: FunctionKind, text: string, limits: RunLimits): Promise<unknown>;
}

interface RunLimits {
  callMaxMs: number;
  batchMaxMs: number;
  stepsMax: number;
  outputCharsMax: number;
}

const LIMITS: RunLimits = {
  callMaxMs: CALL_MAX_MS,
  batchMaxMs: BATCH_MAX_MS,
  stepsMax: STEPS_MAX,
  outputCharsMax: OUTPUT_BYTES_MAX,
};

/** Beyond the batch's own time: for the isolate to start, and for what its own clock could not end. */
const GRACE_MS = 1_000;

export class FunctionHost {
  private readonly reach: FunctionReach;
  private readonly slots: Slots;
  private readonly current = new Map<string, { version: string; until: number }>();

  constructor(reach: FunctionReach) {
    this.reach = reach;
    this.slots = new Slots(reach.slots, {
      waitingMax: WAITING_MAX,
      waitMaxMs: reach.slotWaitMs ?? WAIT_MAX_MS,
    });
  }

  /** Each event by itself, in their order, in one call: an error is that event's alone. */
  async decorate(
    ref: FunctionRef,
    inputs: readonly DecorateInput[],
  ): Promise<FunctionAnswer<{ items: DecoratedItem[] }>> {
    if (inputs.length > BATCH_ITEMS_MAX) {
      return failure("batch-too-large", `A function takes at most ${BATCH_ITEMS_MAX} events at a time.`);
    }
    const ran = await this.run(ref, "decorate", () =>
      JSON.stringify(inputs.map(({ event, context }) => [event, context])),
    );
    if (!ran.ok) return ran;
    const items = ran.items.map(decoratedItem);
    return { ok: true, version: ran.version, usage: ran.usage, items };
  }

  /** What `map` makes of documents: a partial result. */
  async map(
    ref: FunctionRef,
    documents: readonly object[] | JsonText,
    input: JsonText,
  ): Promise<FunctionAnswer<JsonText>> {
    const text = "json" in documents ? documents.json : JSON.stringify(documents);
    return this.one(ref, "map", () => `[[${text},${input.json}]]`);
  }

  /** What `reduce` makes of partial results: one, which may be a partial result again. */
  async reduce(
    ref: FunctionRef,
    partials: readonly JsonText[],
    input: JsonText,
  ): Promise<FunctionAnswer<JsonText>> {
    return this.one(ref, "reduce", () => `[[[${partials.map(({ json }) => json).join(",")}],${input.json}]]`);
  }

  /** What `handle` answers. */
  async handle(ref: FunctionRef, input: JsonText): Promise<FunctionAnswer<{ value: JsonValue }>> {
    const answer = await this.one(ref, "handle", () => `[[${input.json}]]`);
    if (!answer.ok) return answer;
    const { version, usage } = answer;
    return { ...valueOfText(answer), version, usage };
  }

  /** What a version's main module exports by these names, as `typeof` says; or why it does not load. */
  async exportTypes(
    ref: Required<FunctionRef>,
    names: readonly string[],
  ): Promise<{ ok: true; types: string[]; ms: number } | FunctionFailure> {
    const called = await this.call(ref, (harness) => harness.load(names, LIMITS));
    if (!called.ok) return called;
    const loaded = loadedAnswer(called.answer, names.length);
    release(called.answer);
    return loaded.ok ? { ...loaded, ms: called.ms } : loaded;
  }

  /** The version that a name means. */
  async resolve({ name, version }: FunctionRef): Promise<{ ok: true; version: string } | FunctionFailure> {
    if (version !== undefined) return { ok: true, version };
    const now = this.reach.now?.() ?? Date.now();
    const known = this.current.get(name);
    if (known !== undefined && known.until > now) return { ok: true, version: known.version };
    let summary: FunctionSummary | null;
    try {
      summary = await this.reach.getFunctionSummary(name);
    } catch {
      return failure("unavailable", `It could not be found out which version of "${name}" is current.`);
    }
    if (summary === null) return failure("unknown-function", `There is no function "${name}".`);
    this.current.set(name, {
      version: summary.version,
      until: now + (this.reach.currentTtlMs ?? CURRENT_TTL_MS),
    });
    return { ok: true, version: summary.version };
  }

  private async one(
    ref: FunctionRef,
    kind: FunctionKind,
    text: () => string,
  ): Promise<FunctionAnswer<JsonText>> {
    const ran = await this.run(ref, kind, text);
    if (!ran.ok) return ran;
    const { version, usage } = ran;
    const [item] = ran.items;
    if (item === undefined) return { ...failure("internal", "The function gave no answer."), version, usage };
    if (item.json === undefined) return { ...itemFailure(item), version, usage };
    return { ok: true, version, usage, json: item.json };
  }

  private async run(
    ref: FunctionRef,
    kind: FunctionKind,
    makeText: () => string,
  ): Promise<{ ok: true; version: string; usage: FunctionUsage; items: RawItem[] } | FunctionRunFailure> {
    const resolved = await this.resolve(ref);
    if (!resolved.ok) return resolved;
    const { version } = resolved;
    const text = makeText();
    if (text.length > INPUT_BYTES_MAX) {
      const message = `A call takes ${INPUT_BYTES_MAX} characters of JSON, and this has ${text.length}.`;
      return { ...failure("function-input-too-large", message), version };
    }
    const called = await this.call({ name: ref.name, version }, (harness) => harness.run(kind, text, LIMITS));
    if (!called.ok) return { ...called, version };
    const ran: Ran = ranAnswer(called.answer, kind);
    release(called.answer);
    if (!ran.ok) return { ...ran, version };
    const { steps, items } = ran;
    const bytesOut = items.reduce((sum, { json = "" }) => sum + json.length, 0);
    return { ok: true, version, usage: { steps, ms: called.ms, bytesIn: text.length, bytesOut }, items };
  }

  /** Calls a version's harness, when there is a slot, for as long as it may take. */
  private async call(
    ref: Required<FunctionRef>,
    work: (harness: HarnessApi) => Promise<unknown>,
  ): Promise<{ ok: true; answer: unknown; ms: number } | FunctionFailure> {
    if (!(await this.slots.take())) {
      return failure("function-busy", "Too many calls of functions wait for others to end.");
    }
    const startedAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isMissing = false;
    const id = isolateId(ref);
    const getCode = async (): Promise<FunctionCode> => {
      const stored = await this.reach.getFunction(ref.name, ref.version);
      isMissing = stored === null;
      if (stored === null) throw new Error("no such version");
      return stored;
    };
    try {
      const late = new Promise<typeof LATE>((resolve) => {
        timer = setTimeout(() => resolve(LATE), BATCH_MAX_MS + GRACE_MS);
      });
      const answer = await Promise.race([work(openIsolate(this.reach.loader, usableId(id), getCode)), late]);
      if (answer === LATE) {
        abandon(id);
        return failure("function-batch-timeout", "The function did not answer in time.");
      }
      return { ok: true, answer, ms: performance.now() - startedAt };
    } catch (error) {
      const failed = isMissing
        ? failure("unknown-version", `There is no version ${ref.version} of the function "${ref.name}".`)
        : isolateFailure(error);
      // What its code does is the same in another isolate; all else may go otherwise there.
      if (failed.code !== "function-failed") abandon(id);
      return failed;
    } finally {
      if (timer !== undefined) clearTimeout(timer);
      this.slots.leave();
    }
  }
}

const LATE = Symbol("late");

function openIsolate(loader: WorkerLoader, id: string, getCode: () => Promise<FunctionCode>): HarnessApi {
  const worker = loader.get(id, async () => workerCode(await getCode()));
  // The module is this project's own, so its methods are known.
  return worker.getEntrypoint("Harness") as unknown as HarnessApi;
}

/** Gives an RPC answer back, which was read: it may hold on to the isolate. */
function release(answer: unknown): void {
  if (isObject(answer)) dispose(answer);
}

function decoratedItem(item: RawItem): DecoratedItem {
  if (item.json === undefined) return itemFailure(item);
  const read = valueOfText({ json: item.json });
  if (!read.ok) return read;
  const { value } = read;
  const events: unknown[] = value === null ? [] : Array.isArray(value) ? value : [value];
  if (events.every(isObject)) return { ok: true, events, steps: item.steps };
  const message = "`decorate` returns an event, a list of events, or nothing, and this was something else.";
  return failure("function-wrong-result", message);
}
