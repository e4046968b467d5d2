/** A pipeline's own examples: run when it is declared, and compared with what it says that it does. */
import { eventOf } from "../../core/cloudevents/given.ts";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { PipelineExample } from "../../core/contracts/pipelines.ts";
import { eventDifferences } from "../../core/differences.ts";
import type { FieldError } from "../../core/errors.ts";
import type { DecoratorContext } from "../contract.ts";
import type { CompiledPipeline } from "./compile.ts";
import { runPipeline, type Run } from "./runner.ts";

/** Everything that is other than an example says, with its place: `examples[0].expect.data.level`. */
export async function checkExamples(
  pipeline: CompiledPipeline,
  examples: readonly PipelineExample[],
  context: DecoratorContext,
): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const [index, example] of examples.entries()) {
    errors.push(...(await checkExample(pipeline, example, context, `examples[${index}]`)));
  }
  return errors;
}

async function checkExample(
  pipeline: CompiledPipeline,
  { given, expect }: PipelineExample,
  context: DecoratorContext,
  path: string,
): Promise<FieldError[]> {
  const defaults: CloudEvent = {
    specversion: "1.0",
    id: "1",
    source: `/v1/topics/${context.topic}`,
    type: context.topic,
  };
  const validation = eventOf(given, defaults, `${path}.given`);
  if (!validation.ok) return validation.errors;
  const run = await runPipeline(pipeline, validation.event, context);
  return compare(run, expect, `${path}.expect`);
}

function compare(run: Run, expect: object | null, path: string): FieldError[] {
  const rejects = expect !== null && "rejects" in expect ? expect.rejects : undefined;
  if (typeof rejects === "string") {
    if (run.kind === "made" || run.kind === "filtered")
      return [{ path, message: `expected an error, got ${describe(run)}` }];
    const message = `expected an error with ${JSON.stringify(rejects)}, got ${JSON.stringify(run.error)}`;
    return run.error.includes(rejects) ? [] : [{ path: `${path}.rejects`, message }];
  }
  if (run.kind !== "made" && run.kind !== "filtered")
    return [{ path, message: `got the error: ${run.error}` }];
  const made = run.kind === "made" ? run.events : [];
  const expected: unknown[] = expect === null ? [] : Array.isArray(expect) ? expect : [expect];
  if (made.length !== expected.length) {
    const message = `expected ${count(expected.length)}, got ${count(made.length)}: ${JSON.stringify(made.map(({ data }) => data))}`;
    return [{ path, message: message.slice(0, MESSAGE_CHARS_MAX) }];
  }
  return expected.flatMap((each, index) =>
    eventDifferences(each, made[index], Array.isArray(expect) ? `${path}[${index}]` : path),
  );
}

const MESSAGE_CHARS_MAX = 1_000;

function describe(run: Run): string {
  return run.kind === "made" ? count(run.events.length) : "nothing: it was filtered";
}

function count(events: number): string {
  if (events === 0) return "no event";
  return events === 1 ? "one event" : `${events} events`;
}
