/**
 * Runs users' functions: each version in an isolate of its own, which has no network and no bindings and is kept warm.
 * What a function does (throw, never answer, answer with megabytes or with what is no JSON) is its caller's result and
 * nobody else's trouble: no method rejects.
 */
import type { CloudEvent } from "../cloudevents/event.ts";
import type { FunctionKind, FunctionRef, FunctionSummary, StoredFunction } from "../contracts/functions.ts";
import { failure } from "../errors.ts";
import type {
  DecoratedItem,
  FunctionAnswer,
  FunctionFailure,
  FunctionRunFailure,
  FunctionUsage,
  JsonText,
} from "./answers.ts";
import type { FunctionContext } from "./context.ts";
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
import { itemFailure, ranAnswer, type Ran, type RawItem } from "./raw-answer.ts";
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
    this.slots = new Slots(reach.slots, { waitingMax: WAITING_MAX, waitMaxMs: WAIT_MAX_MS });
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

  async handle(ref: FunctionRef, input: JsonText): Promise<FunctionAnswer<JsonText>> {
    return this.one(ref, "handle", () => `[[${input.json}]]`);
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
      const message = `The function's input has more than ${INPUT_BYTES_MAX} characters.`;
      return { ...failure("function-input-too-large", message), version };
    }
    if (!(await this.slots.take())) {
      return { ...failure("function-busy", "Too many calls of functions wait for others to end."), version };
    }
    const startedAt = performance.now();
    let ran: Ran;
    try {
      ran = await this.call(ref.name, version, kind, text);
    } finally {
      this.slots.leave();
    }
    if (!ran.ok) return { ...ran, version };
    const { steps, items } = ran;
    const usage = {
      steps,
      ms: performance.now() - startedAt,
      bytesIn: text.length,
      bytesOut: items.reduce((sum, { json = "" }) => sum + json.length, 0),
    };
    return { ok: true, version, usage, items };
  }

  private async call(name: string, version: string, kind: FunctionKind, text: string): Promise<Ran> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let missing = false;
    const getCode = async (): Promise<FunctionCode> => {
      const stored = await this.reach.getFunction(name, version);
      missing = stored === null;
      if (stored === null) throw new Error("no such version");
      return stored;
    };
    try {
      const harness = openIsolate(this.reach.loader, version, getCode);
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), BATCH_MAX_MS + GRACE_MS);
      });
      const answer = await Promise.race([harness.run(kind, text, LIMITS), late]);
      if (answer === "late") return failure("function-batch-timeout", "The function did not answer in time.");
      return ranAnswer(answer, kind);
    } catch (error) {
      if (missing)
        return failure("unknown-version", `There is no version ${version} of the function "${name}".`);
      return isolateFailure(error);
    } finally {
      if (timer !== undefined) clearTimeout(timer);
    }
  }
}

function openIsolate(
  loader: WorkerLoader,
  version: string,
  getCode: () => Promise<FunctionCode>,
): HarnessApi {
  const worker = loader.get(isolateId(version), async () => workerCode(await getCode()));
  // The module is this project's own, so its methods are known.
  return worker.getEntrypoint("Harness") as unknown as HarnessApi;
}

/** An isolate that could not be started, or was ended. */
function isolateFailure(error: unknown): FunctionFailure {
  const message = error instanceof Error ? error.message : String(error);
  return failure("function-failed", message);
}

function decoratedItem(item: RawItem): DecoratedItem {
  if (item.json === undefined) return itemFailure(item);
  let made: unknown;
  try {
    made = JSON.parse(item.json);
  } catch {
    return failure("function-wrong-result", "What the function returned is not JSON.");
  }
  const events: unknown[] = made === null ? [] : Array.isArray(made) ? made : [made];
  if (
    !events.every(
      (event): event is object => typeof event === "object" && event !== null && !Array.isArray(event),
    )
  ) {
    return failure(
      "function-wrong-result",
      "`decorate` returns an event, a list of events, or nothing, and this was something else.",
    );
  }
  return { ok: true, events, steps: item.steps };
}
