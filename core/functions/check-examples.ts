/** A function's own examples: run when it is uploaded, and compared with what it says that it does. */
import type { CloudEvent, JsonValue } from "../cloudevents/event.ts";
import { eventOf } from "../cloudevents/given.ts";
import type {
  DecorateExample,
  FunctionExample,
  FunctionKind,
  FunctionRef,
  HandleExample,
  ReduceExample,
} from "../contracts/functions.ts";
import { differences, eventDifferences } from "../differences.ts";
import { isObject } from "../document/values.ts";
import type { FieldError } from "../errors.ts";
import { jsonText, type FunctionFailure } from "./answers.ts";
import { checkGroupings } from "./check-groupings.ts";
import type { FunctionHost } from "./function-host.ts";

/** One call that an example made. */
export interface ExampleCall {
  steps: number;
  ms: number;
}

interface Bench {
  host: FunctionHost;
  ref: FunctionRef;
  calls: ExampleCall[];
}

/** Everything that is other than an example says, with its place, and what the calls took. */
export async function checkFunctionExamples(
  host: FunctionHost,
  ref: FunctionRef,
  kinds: readonly FunctionKind[],
  examples: readonly FunctionExample[],
): Promise<{ errors: FieldError[]; calls: ExampleCall[] }> {
  const bench: Bench = { host, ref, calls: [] };
  const errors: FieldError[] = [];
  for (const [index, example] of examples.entries()) {
    const path = `examples[${index}]`;
    const kind = kindOf(example);
    if (kinds.includes(kind)) errors.push(...(await checkExample(bench, example, path)));
    else errors.push({ path, message: `is one of \`${kind}\`, which the function does not export` });
    // What fails so often has said enough, and each example may take its full time.
    if (errors.length >= ERRORS_MAX) break;
  }
  return { errors, calls: bench.calls };
}

const ERRORS_MAX = 20;

function kindOf(example: FunctionExample): FunctionKind {
  if ("given" in example) return "decorate";
  return "documents" in example ? "map" : "handle";
}

async function checkExample(bench: Bench, example: FunctionExample, path: string): Promise<FieldError[]> {
  if ("given" in example) return checkDecorate(bench, example, path);
  return "documents" in example ? checkReduce(bench, example, path) : checkHandle(bench, example, path);
}

async function checkDecorate(
  { host, ref, calls }: Bench,
  { given, with: options, expect }: DecorateExample,
  path: string,
): Promise<FieldError[]> {
  const defaults: CloudEvent = { specversion: "1.0", id: "1", source: "/examples", type: "example" };
  const validation = eventOf(given, defaults, `${path}.given`);
  if (!validation.ok) return validation.errors;
  const now = Date.now();
  const context = { topic: "examples", pipeline: "examples", version: 1, attempt: 1, occurrence: "1", now };
  const own = { ...context, acceptedAt: now, ...(options === undefined ? {} : { options }) };
  const answer = await host.decorate(ref, [{ event: validation.event, context: own }]);
  if (!answer.ok) return checkFailure(answer, expect, `${path}.expect`);
  const [item] = answer.items;
  if (item === undefined) return [{ path, message: "got no answer" }];
  if (!item.ok) return checkFailure(item, expect, `${path}.expect`);
  calls.push({ steps: item.steps, ms: answer.usage.ms });
  const rejects = expectedError(expect);
  if (rejects !== undefined) {
    return [{ path: `${path}.expect`, message: `expected an error, got ${item.events.length} events` }];
  }
  return compareEvents(item.events, expect, `${path}.expect`);
}

function compareEvents(events: readonly object[], expect: object | null, path: string): FieldError[] {
  const expected: unknown[] = expect === null ? [] : Array.isArray(expect) ? expect : [expect];
  if (events.length !== expected.length) {
    return [{ path, message: `expected ${expected.length} events, got ${events.length}` }];
  }
  return expected.flatMap((each, index) =>
    // Not known to be an event; whatever it is, it is compared by what is named.
    eventDifferences(each, events[index] as CloudEvent, Array.isArray(expect) ? `${path}[${index}]` : path),
  );
}

async function checkHandle(
  { host, ref, calls }: Bench,
  { input, expect }: HandleExample,
  path: string,
): Promise<FieldError[]> {
  const answer = await host.handle(ref, jsonText(input));
  if (!answer.ok) return checkFailure(answer, expect, `${path}.expect`);
  calls.push(answer.usage);
  if (expectedError(expect) !== undefined) {
    return [
      {
        path: `${path}.expect`,
        message: `expected an error, got ${JSON.stringify(answer.value).slice(0, 200)}`,
      },
    ];
  }
  return differences(expect, answer.value, `${path}.expect`);
}

async function checkReduce(bench: Bench, example: ReduceExample, path: string): Promise<FieldError[]> {
  const grouped = await checkGroupings(bench.host, bench.ref, example);
  if (!grouped.ok) return checkFailure(grouped, example.expect, `${path}.expect`);
  bench.calls.push(...grouped.calls);
  const errors = differences(example.expect, grouped.result, `${path}.expect`);
  if (grouped.problem !== undefined) errors.push({ path, message: grouped.problem });
  return errors;
}

/** A failure is what an example may expect. */
function checkFailure(failed: FunctionFailure, expect: JsonValue, path: string): FieldError[] {
  const { message } = failed;
  const place = failed.module === undefined ? "" : ` (${failed.module}:${failed.line})`;
  const rejects = expectedError(expect);
  if (rejects === undefined) return [{ path, message: `got the error: ${message}${place}` }];
  if (message.includes(rejects)) return [];
  return [
    {
      path: `${path}.rejects`,
      message: `expected an error with ${JSON.stringify(rejects)}, got ${JSON.stringify(message)}`,
    },
  ];
}

function expectedError(expect: JsonValue): string | undefined {
  if (!isObject(expect) || Object.keys(expect).length !== 1) return undefined;
  const { rejects } = expect;
  return typeof rejects === "string" ? rejects : undefined;
}
